using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace ClearingActors.Risk.Numerics;

/// <summary>
/// Exponential, logarithm and normal distribution for eight numbers at once, for the monitor: arguments are assumed to be in range, and the last bits may differ from the
/// canonical ones and from machine to machine, because products and sums may be fused.
/// </summary>
internal static class FastMath
{
    /// <summary>e to the x for -700 &lt;= x &lt;= 700, relative error below 1e-15.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Exp(Vector512<double> x)
    {
        // Adding and taking away 1.5 x 2^52 rounds to a whole number and leaves it in the low bits.
        var shift = Vector512.Create(6755399441055744.0);
        var shifted = Fused(x, Vector512.Create(1.44269504088896338700), shift);
        var k = shifted - shift;
        var r = Fused(k, Vector512.Create(-6.93147180369123816490e-01), x);
        r = Fused(k, Vector512.Create(-1.90821492927058770002e-10), r);

        // Taylor to the 12th power: |r| <= ln 2 / 2, so the rest is below 2e-16.
        var p = Vector512.Create(1.0 / 479001600.0);
        p = Fused(p, r, Vector512.Create(1.0 / 39916800.0));
        p = Fused(p, r, Vector512.Create(1.0 / 3628800.0));
        p = Fused(p, r, Vector512.Create(1.0 / 362880.0));
        p = Fused(p, r, Vector512.Create(1.0 / 40320.0));
        p = Fused(p, r, Vector512.Create(1.0 / 5040.0));
        p = Fused(p, r, Vector512.Create(1.0 / 720.0));
        p = Fused(p, r, Vector512.Create(1.0 / 120.0));
        p = Fused(p, r, Vector512.Create(1.0 / 24.0));
        p = Fused(p, r, Vector512.Create(1.0 / 6.0));
        p = Fused(p, r, Vector512.Create(0.5));
        p = Fused(p, r, Vector512<double>.One);
        p = Fused(p, r, Vector512<double>.One);
        var scale = ((shifted.AsInt64() - shift.AsInt64()) + Vector512.Create(1023L)) << 52;
        return p * scale.AsDouble();
    }

    /// <summary>The natural logarithm of positive normal numbers, absolute error below 1e-15 near 1 and relative elsewhere.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> Log(Vector512<double> x)
    {
        // x = 2^k (1 + f), sqrt(2)/2 <= 1 + f < sqrt(2): the bits of sqrt(2)/2 are taken away and put back.
        var offset = Vector512.Create(0x3fe6a09e667f3bcdL);
        var bits = x.AsInt64() - offset;
        var exponent = bits >> 52;
        var f = ((bits & Vector512.Create(0x000fffffffffffffL)) + offset).AsDouble() - Vector512<double>.One;
        var k = Vector512.ConvertToDouble(exponent);
        var s = f / (f + Vector512.Create(2.0));
        var z = s * s;
        var p = Vector512.Create(1.479819860511658591e-01);
        p = Fused(p, z, Vector512.Create(1.531383769920937332e-01));
        p = Fused(p, z, Vector512.Create(1.818357216161805012e-01));
        p = Fused(p, z, Vector512.Create(2.222219843214978396e-01));
        p = Fused(p, z, Vector512.Create(2.857142874366239149e-01));
        p = Fused(p, z, Vector512.Create(3.999999999940941908e-01));
        p = Fused(p, z, Vector512.Create(6.666666666666735130e-01)) * z;
        var half = f * f * Vector512.Create(0.5);
        var rest = Fused(s, half + p, k * Vector512.Create(1.90821492927058770002e-10));
        return Fused(k, Vector512.Create(6.93147180369123816490e-01), f - (half - rest));
    }

    /// <summary>The standard normal distribution function, absolute error below 1e-14.</summary>
    /// <remarks>The rational function of J. Hart, Computer Approximations (1968), algorithm 5666, as given by G. West, Wilmott Magazine (2005).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<double> NormalCdf(Vector512<double> x)
    {
        // Beyond 8.5 the tail is below 1e-17; the bound keeps infinities and overflow out.
        var a = Vector512.Min(Vector512.Abs(x), Vector512.Create(8.5));
        var n = Vector512.Create(3.52624965998911e-02);
        n = Fused(n, a, Vector512.Create(0.700383064443688));
        n = Fused(n, a, Vector512.Create(6.37396220353165));
        n = Fused(n, a, Vector512.Create(33.912866078383));
        n = Fused(n, a, Vector512.Create(112.079291497871));
        n = Fused(n, a, Vector512.Create(221.213596169931));
        n = Fused(n, a, Vector512.Create(220.206867912376));
        var d = Vector512.Create(8.83883476483184e-02);
        d = Fused(d, a, Vector512.Create(1.75566716318264));
        d = Fused(d, a, Vector512.Create(16.064177579207));
        d = Fused(d, a, Vector512.Create(86.7807322029461));
        d = Fused(d, a, Vector512.Create(296.564248779674));
        d = Fused(d, a, Vector512.Create(637.333633378831));
        d = Fused(d, a, Vector512.Create(793.826512519948));
        d = Fused(d, a, Vector512.Create(440.413735824752));
        var tail = Exp(a * a * Vector512.Create(-0.5)) * n / d;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512<double>.Zero), tail, Vector512<double>.One - tail);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<double> Fused(Vector512<double> a, Vector512<double> b, Vector512<double> c) => Vector512.MultiplyAddEstimate(a, b, c);
}
