using System.Runtime.CompilerServices;

namespace ClearingActors.Risk.Numerics;

/// <summary>
/// Elementary functions that give the same bits on every machine (rulebook 8.9): only + - * / and square root on IEEE 754 doubles, in a fixed order. Nothing
/// is taken from the platform's mathematics library and nothing is fused; the runtime does not contract a product and a sum by itself.
/// </summary>
public static class CanonicalMath
{
    /// <summary>1/sqrt(2 pi), the density of the normal distribution at zero.</summary>
    public const double InverseSqrtTwoPi = 0.39894228040143267794;

    private const double ExpOverflow = 709.782712893383973096;
    private const double ExpUnderflow = -745.13321910194110842;
    private const double InverseLn2 = 1.44269504088896338700;

    // ln 2 in two parts; the first has 21 trailing zero bits, so that k times it is exact.
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    private const double TwoToMinus1000 = 9.33263618503218878990e-302;
    private const double TwoTo1023 = 8.98846567431157953865e+307;
    private const double TwoTo54 = 18014398509481984.0;

    /// <summary>
    /// e to the <paramref name="x"/>, within 1 ulp. NaN gives NaN; above 709.78 infinity; below -745.13 zero. The argument is reduced by a multiple of ln 2 and
    /// the rest goes through a rational function of Remez type.
    /// </summary>
    /// <remarks>
    /// Algorithm and coefficients of Exp and Log: fdlibm, e_exp.c and e_log.c. Copyright (C) 1993, 2004 by Sun Microsystems, Inc. All rights reserved.
    /// Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
    /// </remarks>
    public static double Exp(double x)
    {
        if (!(x <= ExpOverflow))
        {
            return double.IsNaN(x) ? x : double.PositiveInfinity;
        }

        if (x < ExpUnderflow)
        {
            return 0.0;
        }

        var k = unchecked((int)((InverseLn2 * x) + (x < 0.0 ? -0.5 : 0.5)));
        var high = x - (k * Ln2High);
        var low = k * Ln2Low;
        var r = high - low;
        var t = r * r;
        var c = r - (t * (1.66666666666666019037e-01 + (t * (-2.77777777770155933842e-03 + (t * (6.61375632143793436117e-05
            + (t * (-1.65339022054652515390e-06 + (t * 4.13813679705723846039e-08)))))))));
        var y = 1.0 - ((low - ((r * c) / (2.0 - c))) - high);

        // Both factors of a split scale are powers of two and the first product is normal, so there is one rounding at most.
        return k > 1023 ? y * 2.0 * TwoTo1023
            : k < -1021 ? y * PowerOfTwo(k + 1000) * TwoToMinus1000
            : y * PowerOfTwo(k);
    }

    /// <summary>
    /// The natural logarithm of <paramref name="x"/>, within 1 ulp. Zero of either sign gives minus infinity, infinity itself, a negative number or NaN gives NaN.
    /// </summary>
    /// <remarks>See <see cref="Exp"/> for the source.</remarks>
    public static double Log(double x)
    {
        if (!(x > 0.0))
        {
            return x == 0.0 ? double.NegativeInfinity : double.NaN;
        }

        if (double.IsPositiveInfinity(x))
        {
            return x;
        }

        var k = 0;
        if (!double.IsNormal(x))
        {
            k = -54;
            x *= TwoTo54;
        }

        // x = 2^k (1 + f) with sqrt(2)/2 < 1 + f < sqrt(2).
        var bits = BitConverter.DoubleToInt64Bits(x);
        var top = (int)(bits >> 32);
        k += (top >> 20) - 1023;
        var mantissa = top & 0x000fffff;
        var carry = (mantissa + 0x95f64) & 0x100000;
        k += carry >> 20;
        var reduced = ((long)(mantissa | (carry ^ 0x3ff00000)) << 32) | (bits & 0xffffffffL);
        var f = BitConverter.Int64BitsToDouble(reduced) - 1.0;

        var s = f / (2.0 + f);
        var z = s * s;
        var w = z * z;
        var even = w * (3.999999999940941908e-01 + (w * (2.222219843214978396e-01 + (w * 1.531383769920937332e-01))));
        var odd = z * (6.666666666666735130e-01 + (w * (2.857142874366239149e-01 + (w * (1.818357216161805012e-01 + (w * 1.479819860511658591e-01))))));
        var halfSquare = 0.5 * f * f;
        return (k * Ln2High) - ((halfSquare - ((s * (halfSquare + (even + odd))) + (k * Ln2Low))) - f);
    }

    /// <summary>The square root, which IEEE 754 defines to the last bit. A negative number or NaN gives NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static double Sqrt(double x) => Math.Sqrt(x);

    /// <summary>
    /// The density of the standard normal distribution, relative error below 1e-15 where it is a normal number. Infinities give 0, NaN gives NaN.
    /// </summary>
    public static double NormalPdf(double x)
    {
        var a = Math.Abs(x);
        if (a > 39.0)
        {
            return 0.0;
        }

        return double.IsNaN(x) ? x : InverseSqrtTwoPi * ExpOfMinusHalfSquare(a);
    }

    /// <summary>
    /// The standard normal distribution function. The error relative to the result is below 1e-14 down to x = -37, where it is 6e-300; from -37.5 on the result is
    /// subnormal and from -38.6 on zero. Minus infinity gives 0, infinity 1, NaN NaN.
    /// </summary>
    /// <remarks>Rational approximations of W. J. Cody, Math. Comp. 23 (1969), as in ANORM of Algorithm 715, ACM TOMS 19 (1993).</remarks>
    public static double NormalCdf(double x)
    {
        var a = Math.Abs(x);
        if (a <= 0.67448975)
        {
            var s = x * x;
            var numerator = 0.065682337918207449113;
            numerator = (numerator * s) + 2.2352520354606839287;
            numerator = (numerator * s) + 161.02823106855587881;
            numerator = (numerator * s) + 1067.6894854603709582;
            numerator = (numerator * s) + 18154.981253343561249;
            var denominator = s + 47.20258190468824187;
            denominator = (denominator * s) + 976.09855173777669322;
            denominator = (denominator * s) + 10260.932208618978205;
            denominator = (denominator * s) + 45507.789335026729956;
            return 0.5 + (x * numerator / denominator);
        }

        double tail;
        if (a <= 5.656854249492380581)
        {
            var numerator = 1.0765576773720192317e-8;
            numerator = (numerator * a) + 0.39894151208813466764;
            numerator = (numerator * a) + 8.8831497943883759412;
            numerator = (numerator * a) + 93.506656132177855979;
            numerator = (numerator * a) + 597.27027639480026226;
            numerator = (numerator * a) + 2494.5375852903726711;
            numerator = (numerator * a) + 6848.1904505362823326;
            numerator = (numerator * a) + 11602.651437647350124;
            numerator = (numerator * a) + 9842.7148383839780218;
            var denominator = a + 22.266688044328115691;
            denominator = (denominator * a) + 235.38790178262499861;
            denominator = (denominator * a) + 1519.377599407554805;
            denominator = (denominator * a) + 6485.558298266760755;
            denominator = (denominator * a) + 18615.571640885098091;
            denominator = (denominator * a) + 34900.952721145977266;
            denominator = (denominator * a) + 38912.003286093271411;
            denominator = (denominator * a) + 19685.429676859990727;
            tail = ExpOfMinusHalfSquare(a) * (numerator / denominator);
        }
        else if (a <= 39.0)
        {
            var s = 1.0 / (a * a);
            var numerator = 0.02307344176494017303;
            numerator = (numerator * s) + 0.21589853405795699;
            numerator = (numerator * s) + 0.1274011611602473639;
            numerator = (numerator * s) + 0.022235277870649807;
            numerator = (numerator * s) + 0.001421619193227893466;
            numerator = (numerator * s) + 2.9112874951168792e-5;
            var denominator = s + 1.28426009614491121;
            denominator = (denominator * s) + 0.468238212480865118;
            denominator = (denominator * s) + 0.0659881378689285515;
            denominator = (denominator * s) + 0.00378239633202758244;
            denominator = (denominator * s) + 7.29751555083966205e-5;
            tail = ExpOfMinusHalfSquare(a) * ((InverseSqrtTwoPi - (s * (numerator / denominator))) / a);
        }
        else if (double.IsNaN(x))
        {
            return x;
        }
        else
        {
            tail = 0.0;
        }

        return x < 0.0 ? tail : 1.0 - tail;
    }

    /// <summary>exp(-a^2/2) for 0 &lt;= a &lt;= 39. The square is split so that its large part is exact; else the error would grow as a^2.</summary>
    private static double ExpOfMinusHalfSquare(double a)
    {
        var coarse = unchecked((int)(a * 16.0)) * 0.0625;
        var rest = (a - coarse) * (a + coarse);
        return Exp(-0.5 * coarse * coarse) * Exp(-0.5 * rest);
    }

    /// <summary>2^k for -1022 &lt;= k &lt;= 1023.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double PowerOfTwo(int k) => BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);
}
