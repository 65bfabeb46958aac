// Generated from the .proto files by the test PageTypesTests; do not edit.

export interface Decimal {
  mantissa: string;
  exponent: number;
}

export interface ResumeToken {
  journalId: string;
  generation: number;
  shard: number;
  position: string;
}
