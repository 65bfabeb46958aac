using System.Buffers.Binary;
using System.Security.Cryptography;
using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Tests.Numerics;

public sealed class CanonicalMathTests
{
    [Fact]
    public void Exp_is_within_two_units_in_the_last_place_of_the_platform()
    {
        for (var i = 0; i <= 200_000; i++)
        {
            var x = -745.2 + (i * 0.0072754321);
            UlpsBetween(CanonicalMath.Exp(x), Math.Exp(x)).ShouldBeLessThanOrEqualTo(2, $"x = {x:R}");
            var near = (i - 100_000) * 1e-5;
            UlpsBetween(CanonicalMath.Exp(near), Math.Exp(near)).ShouldBeLessThanOrEqualTo(2, $"x = {near:R}");
        }
    }

    [Fact]
    public void Log_is_within_two_units_in_the_last_place_of_the_platform()
    {
        for (var i = 1; i <= 200_000; i++)
        {
            var anywhere = BitConverter.Int64BitsToDouble(i * (0x7fefffffffffffffL / 200_000));
            UlpsBetween(CanonicalMath.Log(anywhere), Math.Log(anywhere)).ShouldBeLessThanOrEqualTo(2, $"x = {anywhere:R}");
            var nearOne = 0.5 + (i * 1e-5);
            UlpsBetween(CanonicalMath.Log(nearOne), Math.Log(nearOne)).ShouldBeLessThanOrEqualTo(2, $"x = {nearOne:R}");
        }
    }

    [Theory]
    [InlineData(double.Epsilon)]
    [InlineData(3.5e-310)]
    [InlineData(2.2250738585072014E-308)]
    [InlineData(double.MaxValue)]
    public void Log_holds_at_the_ends_of_the_range(double x) => UlpsBetween(CanonicalMath.Log(x), Math.Log(x)).ShouldBeLessThanOrEqualTo(2);

    // Reference values: erfc(-x/sqrt 2)/2 to 200 bits.
    [Theory]
    [InlineData(-37.0, 5.7255712225245768227e-300)]
    [InlineData(-36.5, 5.5447257130748445538e-292)]
    [InlineData(-30.123, 1.2111162284970147236e-199)]
    [InlineData(-20.0, 2.7536241186062336951e-89)]
    [InlineData(-12.75, 1.5587262888811992081e-37)]
    [InlineData(-8.5, 9.4795348222033183542e-18)]
    [InlineData(-6.0, 9.8658764503769814070e-10)]
    [InlineData(-5.66, 7.5686497519977137143e-9)]
    [InlineData(-5.65, 8.0223918506634975991e-9)]
    [InlineData(-4.358, 6.5628191972667831202e-6)]
    [InlineData(-3.1, 0.00096760321321835660196)]
    [InlineData(-2.0, 0.022750131948179207200)]
    [InlineData(-1.0, 0.15865525393145705141)]
    [InlineData(-0.68, 0.24825223045357051343)]
    [InlineData(-0.67, 0.25142889509531010155)]
    [InlineData(-0.5, 0.30853753872598689636)]
    [InlineData(-0.1, 0.46017216272297101633)]
    [InlineData(-1e-09, 0.49999999960105771960)]
    [InlineData(0.0, 0.50000000000000000000)]
    [InlineData(1e-09, 0.50000000039894228040)]
    [InlineData(0.1, 0.53982783727702898367)]
    [InlineData(0.5, 0.69146246127401310364)]
    [InlineData(0.67, 0.74857110490468989845)]
    [InlineData(0.68, 0.75174776954642948657)]
    [InlineData(1.0, 0.84134474606854294859)]
    [InlineData(2.0, 0.97724986805182079280)]
    [InlineData(3.1, 0.99903239678678164340)]
    [InlineData(5.5, 0.99999998101043753411)]
    [InlineData(8.0, 0.99999999999999937790)]
    [InlineData(9.0, 0.99999999999999999989)]
    public void Normal_distribution_is_relatively_accurate_deep_into_the_tail(double x, double expected) =>
        CanonicalMath.NormalCdf(x).ShouldBe(expected, 1e-14 * expected);

    [Fact]
    public void Normal_distribution_and_its_mirror_sum_to_one()
    {
        for (var i = 0; i <= 100_000; i++)
        {
            var x = i * 4e-4;
            (CanonicalMath.NormalCdf(x) + CanonicalMath.NormalCdf(-x)).ShouldBe(1.0, 3e-16, $"x = {x:R}");
        }
    }

    [Fact]
    public void Normal_distribution_does_not_fall_where_the_approximations_meet()
    {
        foreach (var joint in new[] { -39.0, -5.656854249492380581, -0.67448975, 0.67448975, 5.656854249492380581, 39.0 })
        {
            var before = CanonicalMath.NormalCdf(joint - 1e-9);
            var after = CanonicalMath.NormalCdf(joint + 1e-9);
            after.ShouldBeGreaterThanOrEqualTo(before, $"joint at {joint:R}");
        }
    }

    [Fact]
    public void Normal_density_is_the_slope_of_the_distribution()
    {
        for (var i = -370; i <= 0; i++)
        {
            var x = i * 0.1;
            var step = 1e-4 / (1.0 + Math.Abs(x));
            var slope = (CanonicalMath.NormalCdf(x + step) - CanonicalMath.NormalCdf(x - step)) / (2.0 * step);
            slope.ShouldBe(CanonicalMath.NormalPdf(x), 1e-7 * CanonicalMath.NormalPdf(x), $"x = {x:R}");
            CanonicalMath.NormalPdf(-x).ShouldBe(CanonicalMath.NormalPdf(x));
        }
    }

    [Fact]
    public void Limits_and_not_a_number_are_defined()
    {
        CanonicalMath.Exp(double.NaN).ShouldBe(double.NaN);
        CanonicalMath.Exp(double.PositiveInfinity).ShouldBe(double.PositiveInfinity);
        CanonicalMath.Exp(709.79).ShouldBe(double.PositiveInfinity);
        CanonicalMath.Exp(709.782712893383973096).ShouldBeLessThan(double.PositiveInfinity);
        CanonicalMath.Exp(double.NegativeInfinity).ShouldBe(0.0);
        CanonicalMath.Exp(-745.14).ShouldBe(0.0);
        CanonicalMath.Exp(-745.13).ShouldBe(double.Epsilon);
        CanonicalMath.Exp(0.0).ShouldBe(1.0);

        CanonicalMath.Log(double.NaN).ShouldBe(double.NaN);
        CanonicalMath.Log(double.PositiveInfinity).ShouldBe(double.PositiveInfinity);
        CanonicalMath.Log(0.0).ShouldBe(double.NegativeInfinity);
        CanonicalMath.Log(-0.0).ShouldBe(double.NegativeInfinity);
        CanonicalMath.Log(-1.0).ShouldBe(double.NaN);
        CanonicalMath.Log(double.NegativeInfinity).ShouldBe(double.NaN);
        CanonicalMath.Log(1.0).ShouldBe(0.0);

        CanonicalMath.NormalCdf(double.NaN).ShouldBe(double.NaN);
        CanonicalMath.NormalCdf(double.PositiveInfinity).ShouldBe(1.0);
        CanonicalMath.NormalCdf(double.NegativeInfinity).ShouldBe(0.0);
        CanonicalMath.NormalCdf(0.0).ShouldBe(0.5);

        CanonicalMath.NormalPdf(double.NaN).ShouldBe(double.NaN);
        CanonicalMath.NormalPdf(double.PositiveInfinity).ShouldBe(0.0);
        CanonicalMath.NormalPdf(double.NegativeInfinity).ShouldBe(0.0);
        CanonicalMath.NormalPdf(0.0).ShouldBe(CanonicalMath.InverseSqrtTwoPi);

        CanonicalMath.Sqrt(double.NaN).ShouldBe(double.NaN);
        CanonicalMath.Sqrt(-1.0).ShouldBe(double.NaN);
        CanonicalMath.Sqrt(2.0).ShouldBe(1.4142135623730951);
    }

    [Fact]
    public void Every_machine_and_runtime_gives_these_bits()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[8];
        var state = 20210211UL;
        for (var i = 0; i < 20_000; i++)
        {
            state = unchecked((state * 6364136223846793005UL) + 1442695040888963407UL);
            var unit = (state >> 11) * (1.0 / 9007199254740992.0);
            var positive = BitConverter.UInt64BitsToDouble(state % 0x7ff0000000000000UL);
            Span<double> results =
            [
                CanonicalMath.Exp((unit * 1500.0) - 750.0),
                CanonicalMath.Log(positive),
                CanonicalMath.Sqrt(positive),
                CanonicalMath.NormalCdf((unit * 48.0) - 39.0),
                CanonicalMath.NormalPdf((unit * 80.0) - 40.0),
            ];
            foreach (var result in results)
            {
                BinaryPrimitives.WriteDoubleLittleEndian(bytes, result);
                hash.AppendData(bytes);
            }
        }

        Convert.ToHexString(hash.GetHashAndReset()).ShouldBe("6F232668F688B4C3DE474468553D65157D4BD929C689835CEE0A873144372708");
    }

    private static long UlpsBetween(double left, double right) =>
        Math.Abs(Ordinal(left) - Ordinal(right));

    private static long Ordinal(double value)
    {
        var bits = BitConverter.DoubleToInt64Bits(value);
        return bits < 0 ? long.MinValue - bits : bits;
    }
}
