#!/usr/bin/env python3
"""Checks a journal, or the proof of one trade, with nothing of the clearing house's own code.

Written from docs/journal-format.md and the .proto files alone, with Python's standard library alone, so that an error in the house's
verifier is not an error here. It reads a journal on SQLite (a backup, or one that no process writes) and changes nothing.

    verify_journal.py JOURNAL [--checkpoints FILE] [--key FILE.pub] [--receipts] [--json]
    verify_journal.py --proof FILE --key FILE.pub [--json]

Ends with 0 if all is in order, 1 if it is not, 2 if it could not be checked. In findings, shard -1 stands for the whole journal; the
position is then a checkpoint's number, or 0.
"""

import argparse
import base64
import binascii
import hashlib
import json
import os
import re
import sqlite3
import struct
import sys
import urllib.parse

FORMAT = 2
APPLICATION_ID = 0x43414A31
BLOCK_BITS = 12
INT64_MAX = 2**63 - 1


def sha256(*parts):
    h = hashlib.sha256()
    for part in parts:
        h.update(part)
    return h.digest()


class Refused(Exception):
    """What was given cannot be checked at all."""


class Malformed(Exception):
    """Bytes that are not what they should be."""


# --- P-256 and ECDSA (FIPS 186-5; SEC 1, 4.1.4) -------------------------------------------------------------------------------------

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
INFINITY = (1, 1, 0)


def double(point):
    """2 * point in Jacobian coordinates (x / z^2, y / z^3), for a = -3."""
    x, y, z = point
    if z == 0 or y == 0:
        return INFINITY
    delta = z * z % P
    gamma = y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    x3 = (alpha * alpha - 8 * beta) % P
    z3 = ((y + z) * (y + z) - gamma - delta) % P
    return x3, (alpha * (4 * beta - x3) - 8 * gamma * gamma) % P, z3


def add(a, b):
    """a + b in Jacobian coordinates."""
    if a[2] == 0:
        return b
    if b[2] == 0:
        return a
    x1, y1, z1 = a
    x2, y2, z2 = b
    z1z1 = z1 * z1 % P
    z2z2 = z2 * z2 % P
    u1 = x1 * z2z2 % P
    u2 = x2 * z1z1 % P
    s1 = y1 * z2 * z2z2 % P
    s2 = y2 * z1 * z1z1 % P
    if u1 == u2:
        return double(a) if s1 == s2 else INFINITY
    h = (u2 - u1) % P
    r = (s2 - s1) % P
    hh = h * h % P
    hhh = h * hh % P
    v = u1 * hh % P
    x3 = (r * r - hhh - 2 * v) % P
    return x3, (r * (v - x3) - s1 * hhh) % P, h * z1 * z2 % P


class PublicKey:
    """A key on P-256 as SubjectPublicKeyInfo (RFC 5480), the point uncompressed."""

    PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")

    def __init__(self, der):
        if len(der) != len(self.PREFIX) + 64 or not der.startswith(self.PREFIX):
            raise Malformed("not the SubjectPublicKeyInfo of an uncompressed point on P-256")
        self.x = int.from_bytes(der[-64:-32], "big")
        self.y = int.from_bytes(der[-32:], "big")
        # The curve's order is a prime, so every point on it but infinity, which has no such encoding, is in the group.
        if self.x >= P or self.y >= P or (self.y * self.y - (self.x**3 - 3 * self.x + B)) % P != 0:
            raise Malformed("the key's point is not on the curve P-256")
        self.id = sha256(der).hex()

    def verifies(self, signature, message):
        """Whether r and s, 32 bytes each, sign the message's SHA-256."""
        if len(signature) != 64:
            return False
        r = int.from_bytes(signature[:32], "big")
        s = int.from_bytes(signature[32:], "big")
        if not (1 <= r < N and 1 <= s < N):
            return False
        w = pow(s, -1, N)
        u1 = int.from_bytes(sha256(message), "big") * w % N
        u2 = r * w % N
        g = (*G, 1)
        q = (self.x, self.y, 1)
        table = (None, g, q, add(g, q))
        sum_ = INFINITY
        for bit in range(255, -1, -1):
            sum_ = double(sum_)
            which = (u1 >> bit & 1) | (u2 >> bit & 1) << 1
            if which:
                sum_ = add(sum_, table[which])
        if sum_[2] == 0:
            return False
        z = pow(sum_[2], -1, P)
        return sum_[0] * z * z % P % N == r


def read_keys(path):
    """The public keys of a PEM file, by id."""
    with open(path, encoding="ascii") as file:
        text = file.read()
    keys = {}
    for body in re.findall(r"-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----", text):
        key = PublicKey(from_base64("".join(body.split())))
        keys[key.id] = key
    if not keys:
        raise Malformed("no public key in PEM")
    return keys


def from_base64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as e:
        raise Malformed(f"not base64: {e}") from e
    if base64.b64encode(data).decode() != text:
        raise Malformed("base64 with bits that count for nothing")
    return data


# --- Merkle trees (RFC 9162, 2.1) ---------------------------------------------------------------------------------------------------


def node(left, right):
    return sha256(b"\x01", left, right)


class Tree:
    """Grows leaf by leaf and keeps only the roots of its complete subtrees, largest first."""

    def __init__(self):
        self.size = 0
        self.peaks = []

    def add(self, leaf, completed=None):
        """Takes a leaf. Calls completed(height, number, root) for each subtree that it completes above the leaf itself."""
        height, number = 0, self.size
        while number & 1:
            leaf = node(self.peaks.pop(), leaf)
            height, number = height + 1, number >> 1
            if completed:
                completed(height, number, leaf)
        self.peaks.append(leaf)
        self.size += 1

    def root(self):
        if not self.peaks:
            return sha256()
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = node(peak, root)
        return root


def root_of_path(index, size, leaf, path):
    """The root that an inclusion proof leads to (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise Malformed(f"leaf {index} is not in a tree of {size}")
    fn, sn, root = index, size - 1, leaf
    for sibling in path:
        if sn == 0:
            raise Malformed("the path is too long")
        if fn & 1 or fn == sn:
            root = node(sibling, root)
            while fn & 1 == 0 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            root = node(root, sibling)
        fn, sn = fn >> 1, sn >> 1
    if sn != 0:
        raise Malformed("the path is too short")
    return root


def row_leaf(shard, position, epoch, recorded_time, payload):
    return sha256(b"\x00" + struct.pack(">iqqq", shard, position, epoch, recorded_time), payload)


# --- Checkpoints --------------------------------------------------------------------------------------------------------------------

NUMBER = r"(0|[1-9][0-9]{0,18})"
HASH = r"([0-9a-f]{64})"
HEAD = re.compile(
    "clearing checkpoint 1\n"
    r"journal ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})" "\n"
    f"generation {NUMBER}\n"
    f"number {NUMBER}\n"
    f"time {NUMBER}\n"
    f"previous {HASH}\n"
    f"key {HASH}\n"
    r"(?:next-key ([A-Za-z0-9+/=]+)" "\n)?"
    f"receipts {NUMBER} {HASH}\n"
    f"shards {NUMBER}\n"
)
SHARD = re.compile(f"{NUMBER} {NUMBER} {HASH}\n")
SIGNATURE = re.compile("signature ([A-Za-z0-9+/=]+)\n")


class Checkpoint:
    """A parsed text; nothing is trusted yet."""

    def __init__(self, data):
        try:
            text = data.decode("ascii")
        except UnicodeDecodeError as e:
            raise Malformed("a checkpoint that is not ASCII") from e
        head = HEAD.match(text)
        if not head:
            raise Malformed("not the lines of a checkpoint")
        self.journal = head[1]
        self.generation, self.number, self.time = (bounded(head[i]) for i in (2, 3, 4))
        self.previous = head[5]
        self.key = head[6]
        self.next_key = PublicKey(from_base64(head[7])) if head[7] else None
        self.receipts, self.receipts_root = bounded(head[8]), bytes.fromhex(head[9])
        shards = bounded(head[10])
        if not 1 <= shards <= 4096:
            raise Malformed(f"{shards} shards")
        self.sizes, self.roots = [], []
        at = head.end()
        for shard in range(shards):
            line = SHARD.match(text, at)
            if not line or bounded(line[1]) != shard:
                raise Malformed(f"the line of shard {shard} is missing or not as it should be")
            self.sizes.append(bounded(line[2]))
            self.roots.append(bytes.fromhex(line[3]))
            at = line.end()
        end = SIGNATURE.fullmatch(text, at)
        if not end:
            raise Malformed("the signature's line is missing or not as it should be")
        self.signed = text[:at].encode()
        self.signature = from_base64(end[1])
        if len(self.signature) != 64:
            raise Malformed(f"a signature of {len(self.signature)} bytes instead of 64")


def bounded(digits):
    value = int(digits)
    if value > INT64_MAX:
        raise Malformed(f"{digits} is above {INT64_MAX}")
    return value


def read_checkpoint_file(path):
    """The texts of a file of checkpoints. What stands behind its last empty line was cut short, and is none."""
    with open(path, "rb") as file:
        data = file.read()
    return [piece + b"\n" for piece in data.split(b"\n\n")[:-1]]


class Chain:
    """The checkpoints in their order, each judged by the one before."""

    def __init__(self, findings, keys, meta):
        self.findings = findings
        self.keys = keys
        self.meta = meta
        self.good = {}
        self.last = None
        self.unread = False
        self.in_force = None

    def take(self, number, data):
        """Judges checkpoint `number`; number 0 has no predecessor. What is wrong goes to the findings."""
        before = len(self.findings)
        try:
            checkpoint = Checkpoint(data)
        except Malformed as e:
            self.found(number, "checkpoint-form", str(e))
            self.last, self.unread = None, True
            return
        if checkpoint.number != number:
            self.found(number, "checkpoint-number", f"stands for {number} and says {checkpoint.number}")
        self.judge_identity(number, checkpoint)
        self.judge_order(number, checkpoint)
        self.judge_signature(number, checkpoint)
        if len(self.findings) == before:
            self.good[number] = checkpoint
        self.last, self.unread = checkpoint, False

    def judge_identity(self, number, checkpoint):
        journal, generation, shards = self.meta
        if checkpoint.journal != journal:
            self.found(number, "checkpoint-journal", f"of journal {checkpoint.journal} instead of {journal}")
        if checkpoint.generation != generation:
            self.found(number, "checkpoint-generation", f"of generation {checkpoint.generation} instead of {generation}")
        if len(checkpoint.sizes) != shards:
            self.found(number, "checkpoint-shards", f"has {len(checkpoint.sizes)} shards instead of {shards}")

    def judge_order(self, number, checkpoint):
        last = self.last
        if last is None:
            if not self.unread and (number != 1 or checkpoint.previous != "0" * 64):
                self.found(number, "checkpoint-previous", "is the first, and names one before")
            return
        if checkpoint.previous != sha256(last.signed).hex():
            self.found(number, "checkpoint-previous", "does not continue the one before")
        if checkpoint.time <= last.time:
            self.found(number, "checkpoint-time", f"time {checkpoint.time} is not above {last.time} of the one before")
        for shard, (size, root, size0, root0) in enumerate(zip(checkpoint.sizes, checkpoint.roots, last.sizes, last.roots)):
            if size < size0:
                self.found(number, "checkpoint-turns", f"has {size} turns of shard {shard}, fewer than the {size0} of the one before")
            elif size == size0 and root != root0:
                self.found(number, "checkpoint-turns", f"has another root of shard {shard} for the same {size} turns")

    def judge_signature(self, number, checkpoint):
        if self.keys is None:
            return
        if self.in_force is None:
            self.in_force = self.keys.get(checkpoint.key)
            if self.in_force is None:
                self.found(number, "checkpoint-key", f"is signed by key {checkpoint.key}, which is not one of those trusted")
                return
        if checkpoint.key != self.in_force.id:
            self.found(number, "checkpoint-key", f"names key {checkpoint.key} instead of {self.in_force.id}, which is in force")
        elif not self.in_force.verifies(checkpoint.signature, checkpoint.signed):
            self.found(number, "checkpoint-signature", "its signature does not fit")
        elif checkpoint.next_key:
            # Named by a key that is trusted: only then is the next one.
            self.in_force = checkpoint.next_key

    def found(self, number, rule, what):
        self.findings.append(finding(-1, number, rule, f"checkpoint {number}: {what}"))


def finding(shard, position, rule, what):
    return {"shard": shard, "position": position, "rule": rule, "what": what}


# --- Protobuf's wire format, as much as receipts need -------------------------------------------------------------------------------


def varint(data, at):
    value, shift = 0, 0
    while True:
        if at >= len(data) or shift > 63:
            raise Malformed("a number that does not end")
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at


def fields(data):
    """(number, value) of each field: a number for varint and fixed fields, bytes for the others."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise Malformed("field 0")
        if kind == 0:
            value, at = varint(data, at)
        elif kind in (1, 2, 5):
            length = 8 if kind == 1 else 4
            if kind == 2:
                length, at = varint(data, at)
            if length > len(data) - at:
                raise Malformed(f"field {number} goes beyond its message")
            value, at = data[at:at + length], at + length
            if kind != 2:
                value = int.from_bytes(value, "little")
        else:
            raise Malformed(f"field {number} of wire type {kind}")
        yield number, value


def shortest(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def receipt_bytes(receipt):
    """A TradeReceipt's bytes: `receipt` has raw varints and bytes by field number."""
    out = bytearray()
    for number in sorted(receipt):
        value = receipt[number]
        if isinstance(value, bytes):
            if value:
                out += shortest(number << 3 | 2) + shortest(len(value)) + value
        elif value:
            out += shortest(number << 3) + shortest(value)
    return bytes(out)


ACCOUNT = 4
NOVATED_EVENT, REVERSED_EVENT = 34, 38
# TradeLegEvent's field number and TradeReceipt's for what both have.
LEG_TO_RECEIPT = {1: 2, 2: 3, 8: 6, 9: 7, 10: 8, 11: 9, 12: 10}


def receipts_of(row):
    """The TradeReceipts of a turn, in order, as bytes."""
    shard, position, _, recorded_time, payload, _ = row
    for number, value in fields(payload):
        if number != 2:
            continue
        kind, key, events = 0, b"", []
        for step_field, step_value in fields(value):
            if step_field == 1:
                kind = step_value
            elif step_field == 2:
                key = step_value
            elif step_field == 7:
                events.append(step_value)
        if kind != ACCOUNT:
            continue
        for event in events:
            for which, leg in fields(event):
                if which in (NOVATED_EVENT, REVERSED_EVENT):
                    receipt = {1: 1 if which == NOVATED_EVENT else 2, 11: shard, 12: position, 13: recorded_time}
                    side, other = 0, b""
                    for leg_field, leg_value in fields(leg):
                        if leg_field in LEG_TO_RECEIPT:
                            receipt[LEG_TO_RECEIPT[leg_field]] = leg_value
                        elif leg_field == 4:
                            side = leg_value
                        elif leg_field == 5:
                            other = leg_value
                    yield receipt_bytes({**receipt, 4: key, 5: side})
                    yield receipt_bytes({**receipt, 4: other, 5: 3 - side})


def receipt_leaf(nonce, receipt):
    return sha256(b"\x00", nonce, receipt)


def shard_receipts_leaf(shard, count, root):
    return sha256(b"\x00", struct.pack(">iq", shard, count), root)


# --- The journal --------------------------------------------------------------------------------------------------------------------


class Shard:
    """What has been read of a shard."""

    def __init__(self, number, epoch):
        self.number = number
        self.head_epoch = epoch
        self.last = None
        self.position = 0
        self.epoch = 0
        self.recorded_time = -1
        self.tree = Tree()
        # A row is missing or in the wrong place: there is no tree from here on.
        self.broken = False
        self.roots_at = {}
        # Where rows are wrong; and the size at which the tree was first not the signed one.
        self.bad = []
        self.wrong_to = None
        self.frontier = None
        self.receipts = Tree()
        self.receipts_from = 0
        self.receipts_at = {}

    def bad_between(self, before, size):
        return any(before < position <= size for position in self.bad)


class Journal:
    """A journal on SQLite, opened to read only, and all that is found in it."""

    TABLES = {
        "meta": {"format", "id", "generation", "shard_count", "feature_level"},
        "shard_head": {"shard", "epoch", "owner"},
        "journal": {"seq", "shard", "position", "epoch", "recorded_time", "payload", "leaf"},
        "block": {"block", "heads"},
        "block_shard": {"block", "shard", "rows"},
    }

    def __init__(self, path, with_receipts):
        self.path = path
        self.with_receipts = with_receipts
        self.findings = []
        self.rows = 0
        self.receipts = 0
        self.signed_rows = 0
        self.db = open_database(path)
        self.tables = {name for (name,) in self.query("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        for table, columns in self.TABLES.items():
            have = {row[1] for row in self.query(f"PRAGMA table_info({table})")}
            if not columns <= have:
                raise Refused(f"{path} is no journal: table {table} has no {', '.join(sorted(columns - have))}")
        if self.query("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
            raise Refused(f"{path} is no journal: its application_id is not {APPLICATION_ID:#x}")
        metas = self.query("SELECT format, id, generation, shard_count FROM meta").fetchall()
        if len(metas) != 1 or metas[0][0] != FORMAT:
            raise Refused(f"{path}: meta has {metas} instead of one row of format {FORMAT}")
        _, self.id, self.generation, self.shard_count = metas[0]
        if not isinstance(self.shard_count, int) or not 1 <= self.shard_count <= 4096:
            raise Refused(f"{path}: {self.shard_count} shards instead of 1 to 4,096")
        heads = dict(self.query("SELECT shard, epoch FROM shard_head"))
        self.shards = []
        for number in range(self.shard_count):
            if not isinstance(heads.get(number), int):
                self.found(number, 0, "head", "the shard has no head")
            self.shards.append(Shard(number, heads.get(number, 0)))

    def query(self, sql, *values):
        return self.db.execute(sql, values)

    def found(self, shard, position, rule, what):
        self.findings.append(finding(shard, position, rule, what))

    def verify(self, checkpoint_file, keys):
        chain = self.read_chain(checkpoint_file, keys)
        self.checkpoints = len(chain.good)
        self.newest = chain.good[max(chain.good)] if chain.good else None
        self.signed_rows = sum(self.newest.sizes) if self.newest else 0
        self.expect = [{} for _ in self.shards]
        for number in sorted(chain.good):
            checkpoint = chain.good[number]
            for shard, size in enumerate(checkpoint.sizes):
                self.expect[shard].setdefault(size, (number, checkpoint.roots[shard]))
        chain_findings, self.findings = self.findings, []
        self.read_subtrees()
        self.read_rows()
        self.check_tails()
        self.findings += chain_findings
        self.check_roots()
        if self.with_receipts:
            self.check_receipts(chain.good)
        self.check_short_cuts()

    def read_chain(self, checkpoint_file, keys):
        """The checkpoints of the journal and of the file held outside, which goes before."""
        texts = {}
        if "checkpoint" in self.tables:
            texts = {number: bytes(text) if isinstance(text, bytes) else b"" for number, text in self.query("SELECT number, text FROM checkpoint")}
        inside = dict(texts)
        self.last_inside = max(inside, default=0)
        if checkpoint_file is not None:
            pieces = read_checkpoint_file(checkpoint_file)
            first = 1
            if pieces:
                try:
                    first = Checkpoint(pieces[0]).number
                except Malformed:
                    pass
            outside = dict(enumerate(pieces, first))
            for number, text in outside.items():
                if number not in inside:
                    self.found(-1, number, "checkpoint-lost", f"checkpoint {number}: the file has it, and the journal does not")
                elif inside[number] != text:
                    self.found(-1, number, "checkpoint-differs", f"checkpoint {number}: the journal has another text than the file")
            texts.update(outside)
        chain = Chain(self.findings, keys, (self.id, self.generation, self.shard_count))
        expected = 1
        for number in sorted(texts):
            if number != expected:
                chain.found(expected, "checkpoint-missing", "is missing")
                chain.last, chain.unread = None, True
            chain.take(number, texts[number])
            expected = number + 1
        return chain

    # Rows

    def read_rows(self):
        block_rows = {}
        expected_seq = 0
        for seq, *row in self.query("SELECT seq, shard, position, epoch, recorded_time, payload, leaf FROM journal ORDER BY seq"):
            self.rows += 1
            shard, position, epoch, recorded_time, payload, leaf = row
            if seq != expected_seq:
                # Without a place in a shard: which shard lacks a row shows in its positions.
                self.found(-1, 0, "row-seq", f"row {expected_seq} of the file is missing; the next is {seq}")
            if seq >> BLOCK_BITS != (expected_seq - 1) >> BLOCK_BITS or expected_seq == 0:
                if expected_seq:
                    self.check_block_shards((expected_seq - 1) >> BLOCK_BITS, block_rows)
                block_rows = {}
                self.check_block(seq >> BLOCK_BITS)
            expected_seq = seq + 1
            if not isinstance(shard, int) or not 0 <= shard < self.shard_count:
                self.found(-1, 0, "row-shard", f"row {seq} of the file names shard {shard}, which is not one of {self.shard_count}")
                continue
            if not all(isinstance(v, int) for v in (position, epoch, recorded_time)) or not isinstance(payload, bytes) or not isinstance(leaf, bytes):
                self.found(shard, self.shards[shard].position + 1, "row-type", f"row {seq} of the file has a column of the wrong type")
                self.shards[shard].bad.append(self.shards[shard].position + 1)
                self.shards[shard].broken = True
                continue
            block_rows.setdefault(shard, []).append(seq & (1 << BLOCK_BITS) - 1)
            self.take_row(self.shards[shard], row)
        self.last_seq = expected_seq - 1

    def take_row(self, shard, row):
        number, position, epoch, recorded_time, payload, leaf = row
        computed = row_leaf(number, position, epoch, recorded_time, payload)
        expected = shard.position + 1
        fits = position >= expected if shard.broken else position == expected
        place = position if fits else expected
        wrong = None
        if not fits:
            if computed == leaf and position > expected:
                wrong = "row-missing", f"position {expected} is missing: {position} follows {shard.position}"
            else:
                wrong = "row-position", f"the row behind position {shard.position} says {position} instead of {expected}"
            shard.broken = True
        elif computed != leaf:
            wrong = "row-leaf", f"the hash does not fit the row: {leaf.hex()} instead of {computed.hex()}"
        elif recorded_time <= shard.recorded_time:
            wrong = "row-time", f"recorded time {recorded_time} is not above {shard.recorded_time} of the row before"
        elif epoch < max(shard.epoch, 1):
            wrong = "row-epoch", f"epoch {epoch} is below {max(shard.epoch, 1)}"
        elif epoch > shard.head_epoch:
            wrong = "row-epoch", f"epoch {epoch} is above {shard.head_epoch} of the shard's head"
        if wrong:
            self.found(number, place, *wrong)
            shard.bad.append(place)
        if computed == leaf:
            # Changed or not, it says where the next one stands.
            shard.position = max(position, shard.position)
            shard.recorded_time, shard.epoch = recorded_time, epoch
        elif fits:
            shard.position = place
        if shard.broken:
            return
        if self.with_receipts and not wrong and position <= max(self.expect[number], default=0):
            self.take_receipts(shard, row, computed)
        shard.tree.add(computed, lambda height, which, root: self.check_subtree(shard, height, which, root))
        if position in self.expect[number]:
            self.check_root(shard, position)

    def check_root(self, shard, size):
        number, root = self.expect[shard.number][size]
        before = max((s for s in self.expect[shard.number] if s < size), default=0)
        if shard.tree.root() != root and shard.wrong_to is None:
            shard.wrong_to = size
            if not shard.bad_between(before, size):
                shard.bad.append(before + 1)
                self.found(shard.number, before + 1, "root", f"turns {before + 1} to {size} are not those that checkpoint {number} signs, though each has the hash beside it")
        if self.newest is not None and size == self.newest.sizes[shard.number]:
            shard.frontier = b"".join(reversed(shard.tree.peaks))
        shard.receipts_at[size] = (shard.receipts_from, shard.receipts.size, shard.receipts.root())
        shard.receipts, shard.receipts_from = Tree(), size

    def check_roots(self):
        for shard in self.shards:
            if 0 in self.expect[shard.number] and self.expect[shard.number][0][1] != sha256():
                self.found(shard.number, 0, "root", f"checkpoint {self.expect[shard.number][0][0]} has another root for no turns than SHA-256 of nothing")

    def check_tails(self):
        if self.newest is None:
            return
        for shard, size in zip(self.shards, self.newest.sizes):
            if shard.position < size:
                self.found(shard.number, shard.position + 1, "tail-cut", f"ends at {shard.position}; checkpoint {self.newest.number} signs {size} turns")

    # Receipts

    def take_receipts(self, shard, row, leaf):
        try:
            for index, receipt in enumerate(receipts_of(row)):
                nonce = sha256(b"\x02", leaf, struct.pack(">I", index))[:16]
                shard.receipts.add(receipt_leaf(nonce, receipt))
        except Malformed as e:
            self.found(shard.number, row[1], "payload", f"the turn cannot be read: {e}")
            shard.bad.append(row[1])

    def check_receipts(self, good):
        for number in sorted(good):
            checkpoint = good[number]
            if number > 1 and number - 1 not in good:
                continue
            before = good[number - 1].sizes if number > 1 else [0] * self.shard_count
            tree, count = Tree(), 0
            for shard in self.shards:
                begin, end = before[shard.number], checkpoint.sizes[shard.number]
                begins_at, receipts, root = shard.receipts_at.get(end, (None, 0, b"")) if begin != end else (begin, 0, sha256())
                if begins_at != begin or shard.bad_between(begin, end):
                    # Rows are wrong or missing, which is said already; so the receipts say nothing.
                    break
                tree.add(shard_receipts_leaf(shard.number, receipts, root))
                count += receipts
            else:
                self.receipts += count
                if (count, tree.root()) != (checkpoint.receipts, checkpoint.receipts_root):
                    self.found(
                        -1, number, "receipts",
                        f"checkpoint {number}: its turns have {count} receipts under {tree.root().hex()}; it says {checkpoint.receipts} under {checkpoint.receipts_root.hex()}")

    # What is kept beside the rows to find them, and to go on from. Nothing is proved by it; but who relies on it must not be misled.

    def check_block(self, block):
        stored = self.query("SELECT heads FROM block WHERE block = ?", block).fetchone()
        heads = b"".join(struct.pack(">q", shard.position) for shard in self.shards)
        if stored is None or stored[0] != heads:
            self.found(-1, 0, "block", f"block {block} does not say where the shards stood before it")

    def check_block_shards(self, block, rows):
        stored = dict(self.query("SELECT shard, rows FROM block_shard WHERE block = ?", block))
        for shard in range(self.shard_count):
            offsets = b"".join(struct.pack(">H", offset) for offset in rows.get(shard, []))
            if stored.pop(shard, b"") != offsets:
                self.found(shard, 0, "block-shard", f"block_shard does not list the shard's rows in block {block}")
        if stored:
            self.found(-1, 0, "block-shard", f"block_shard lists rows of {sorted(stored)} in block {block}, which are no shards")

    def read_subtrees(self):
        self.subtrees = {}
        if "merkle_subtree" in self.tables:
            self.subtrees = {(s, h, n): root for s, h, n, root in self.query("SELECT shard, height, number, root FROM merkle_subtree")}

    def check_subtree(self, shard, height, number, root):
        first, last = (number << height) + 1, (number + 1) << height
        if height % 8 == 0 and self.newest is not None and last <= self.newest.sizes[shard.number]:
            stored = self.subtrees.pop((shard.number, height, number), None)
            if stored != root and shard.wrong_to is None and not shard.bad_between(first - 1, last):
                self.found(shard.number, first, "stored-tree", f"the stored root over turns {first} to {last} is not theirs: one of them was changed, or the stored root")

    def check_short_cuts(self):
        for block, in self.query("SELECT block FROM block WHERE block > ? OR block < 0 ORDER BY block", self.last_seq >> BLOCK_BITS):
            self.found(-1, 0, "block", f"block {block} has no rows")
        for block, shard in self.query("SELECT block, shard FROM block_shard WHERE block >= ? OR block < 0 ORDER BY block, shard", max(self.last_seq, 0) >> BLOCK_BITS):
            self.found(-1, 0, "block-shard", f"block_shard lists rows of shard {shard} in block {block}, which no other follows")
        if self.newest is None or self.newest.number != self.last_inside or any(shard.bad for shard in self.shards):
            return
        for shard, height, number in sorted(self.subtrees):
            self.found(-1, 0, "stored-tree", f"a root of shard {shard} is stored (height {height}, number {number}) over turns that no checkpoint signs")
        if "merkle_frontier" in self.tables:
            stored = {shard: (size, roots) for shard, size, roots in self.query("SELECT shard, size, roots FROM merkle_frontier")}
            for shard in self.shards:
                size = self.newest.sizes[shard.number]
                if stored.get(shard.number, (0, b"")) != (size, b"" if size == 0 else shard.frontier):
                    self.found(shard.number, size, "stored-frontier", f"the stored subtrees are not those of the {size} turns that checkpoint {self.newest.number} signs")


def open_database(path):
    if not os.path.isfile(path):
        raise Refused(f"{path} is not there")
    name = urllib.parse.quote(os.path.abspath(path))
    # Without a WAL the file is all there is, and SQLite need not put a -wal and a -shm beside the evidence.
    mode = "ro" if os.path.exists(path + "-wal") else "ro&immutable=1"
    db = sqlite3.connect(f"file:{name}?mode={mode}", uri=True, isolation_level=None)
    db.execute("BEGIN")
    return db


# --- Proofs: one trade's side, or one row, by one checkpoint ------------------------------------------------------------------------

RECEIPT_NAMES = {
    1: "kind", 2: "source", 3: "tradeId", 4: "account", 5: "side", 6: "instrument", 7: "quantity", 8: "priceUnits", 9: "cycle", 10: "clearingDate",
    11: "shard", 12: "position", 13: "recordedTime",
}
TEXTS = {2, 3, 4, 6}


def read_receipt(data):
    """A TradeReceipt's fields by name, in words where the numbers are names."""
    raw = {number: value for number, value in fields(data) if number in RECEIPT_NAMES}
    receipt = {}
    for number, name in RECEIPT_NAMES.items():
        value = raw.get(number, b"" if number in TEXTS else 0)
        if isinstance(value, bytes) != (number in TEXTS):
            raise Malformed(f"the receipt's {name} is of the wrong type")
        if number in TEXTS:
            value = value.decode("utf-8")
        elif number == 8:
            value = value >> 1 ^ -(value & 1)
        elif value > INT64_MAX:
            value -= 2**64
        receipt[name] = value
    receipt["kind"] = {1: "novated", 2: "reversed"}.get(receipt["kind"], receipt["kind"])
    receipt["side"] = {1: "buy", 2: "sell"}.get(receipt["side"], receipt["side"])
    return receipt


def once(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a name stands twice")
    return found


def member(proof, name, kind):
    value = proof.get(name) if isinstance(proof, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Malformed(f"{name} is missing or of the wrong type")
    return value


def hashes(proof, name):
    path = member(proof, name, list)
    if not all(isinstance(h, str) and re.fullmatch("[0-9a-f]{64}", h) for h in path):
        raise Malformed(f"{name} is not a list of hashes")
    return [bytes.fromhex(h) for h in path]


def check_proof(data, keys):
    """What a proof proves. Raises Malformed if it proves nothing."""
    try:
        proof = json.loads(data, object_pairs_hook=once)
        checkpoint = Checkpoint(member(proof, "checkpoint", str).encode())
        key = keys.get(checkpoint.key)
        if key is None:
            raise Malformed(f"checkpoint {checkpoint.number} is signed by key {checkpoint.key}, which is not one of those trusted")
        if not key.verifies(checkpoint.signature, checkpoint.signed):
            raise Malformed(f"the signature of checkpoint {checkpoint.number} does not fit")
        form = member(proof, "format", str)
        if form == "clearing proof 1":
            proved = {"receipt": check_receipt(proof, checkpoint)}
        elif form == "clearing row proof 1":
            proved = {"row": check_row(proof, checkpoint)}
        else:
            raise Malformed(f"its format is {form!r}")
        return {**proved, "checkpoint": checkpoint.number, "journal": checkpoint.journal, "time": checkpoint.time}
    except (ValueError, RecursionError, struct.error) as e:
        raise Malformed(str(e)) from e


def check_receipt(proof, checkpoint):
    data = from_base64(member(proof, "receipt", str))
    receipt = read_receipt(data)
    nonce = bytes.fromhex(member(proof, "nonce", str))
    if len(nonce) != 16:
        raise Malformed(f"a nonce of {len(nonce)} bytes instead of 16")
    shard, count = receipt["shard"], member(proof, "count", int)
    if not 0 <= shard < len(checkpoint.sizes) or not 1 <= receipt["position"] <= checkpoint.sizes[shard]:
        raise Malformed(f"checkpoint {checkpoint.number} does not reach shard {shard}, position {receipt['position']}")
    root = root_of_path(member(proof, "index", int), count, receipt_leaf(nonce, data), hashes(proof, "path"))
    if root_of_path(shard, len(checkpoint.sizes), shard_receipts_leaf(shard, count, root), hashes(proof, "shardPath")) != checkpoint.receipts_root:
        raise Malformed(f"the receipt is not among those that checkpoint {checkpoint.number} signs")
    return receipt


def check_row(proof, checkpoint):
    row = {name: member(proof, name, int) for name in ("shard", "position", "epoch", "recordedTime")}
    if not 0 <= row["shard"] < len(checkpoint.sizes):
        raise Malformed(f"checkpoint {checkpoint.number} has no shard {row['shard']}")
    leaf = row_leaf(*row.values(), from_base64(member(proof, "payload", str)))
    if root_of_path(row["position"] - 1, checkpoint.sizes[row["shard"]], leaf, hashes(proof, "path")) != checkpoint.roots[row["shard"]]:
        raise Malformed(f"the row is not among those that checkpoint {checkpoint.number} signs")
    return row


# --- The command --------------------------------------------------------------------------------------------------------------------


def verify_proof(options, keys):
    with open(options.proof, "rb") as file:
        data = file.read()
    try:
        result = {"inOrder": True, **check_proof(data, keys), "findings": []}
    except Malformed as e:
        return {"inOrder": False, "findings": [finding(-1, 0, "proof", str(e))]}
    if not options.json:
        for name, value in (result.get("receipt") or result["row"]).items():
            print(f"{name}: {value}")
        print(f"proved by checkpoint {result['checkpoint']} of journal {result['journal']}, made at {result['time']}")
    return result


def verify_journal(options, keys):
    journal = Journal(options.journal, options.receipts)
    journal.verify(options.checkpoints, keys)
    result = {
        "inOrder": not journal.findings,
        "rows": journal.rows,
        "checkpoints": journal.checkpoints,
        "signedRows": journal.signed_rows,
        "signatures": "checked" if keys is not None else "not checked: no --key",
        "receipts": journal.receipts if options.receipts else "not checked: no --receipts",
        "findings": journal.findings,
    }
    if not options.json:
        print(f"journal {journal.id}, generation {journal.generation}, {journal.shard_count} shards")
        print(f"rows: {journal.rows}, of them under a checkpoint: {journal.signed_rows}")
        print(f"checkpoints in order: {journal.checkpoints}; signatures {result['signatures']}")
        print(f"receipts: {result['receipts']}")
        bad = next((f for f in journal.findings if f["shard"] >= 0 and f["position"] > 0), None)
        if bad:
            print(f"first bad row: shard {bad['shard']}, position {bad['position']}: {bad['what']}")
    return result


def main():
    parser = argparse.ArgumentParser(description="Checks a journal, or the proof of a trade, with none of the clearing house's code.")
    parser.add_argument("journal", nargs="?", help="a journal on SQLite: a backup, or one that nobody writes")
    parser.add_argument("--checkpoints", metavar="FILE", help="the checkpoints that were kept outside the journal")
    parser.add_argument("--key", metavar="FILE.pub", help="the public keys that you trust, in PEM")
    parser.add_argument("--proof", metavar="FILE", help="the proof of a trade's side or of a row, instead of a journal")
    parser.add_argument("--receipts", action="store_true", help="also the trade receipts that the checkpoints sign")
    parser.add_argument("--json", action="store_true", help="the result as JSON")
    options = parser.parse_args()
    try:
        keys = read_keys(options.key) if options.key else None
        if (options.journal is None) == (options.proof is None):
            raise Refused("name a journal, or a proof with --proof")
        if options.proof and keys is None:
            raise Refused("a proof needs --key: the public keys that you trust")
        result = verify_proof(options, keys) if options.proof else verify_journal(options, keys)
    except (Refused, Malformed, OSError, sqlite3.Error, UnicodeDecodeError) as e:
        print(f"cannot be checked: {e}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(result, indent=1))
    else:
        for f in result["findings"][:50]:
            print(f"{f['rule']}: shard {f['shard']}, position {f['position']}: {f['what']}")
        print("in order" if result["inOrder"] else f"NOT in order: {len(result['findings'])} findings")
    return 0 if result["inOrder"] else 1


if __name__ == "__main__":
    sys.exit(main())
