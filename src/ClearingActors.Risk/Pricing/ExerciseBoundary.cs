using ClearingActors.Risk.Numerics;

namespace ClearingActors.Risk.Pricing;

/// <summary>
/// The early-exercise boundary of an American put, where there is exactly one: rate > 0, or rate = 0 and yield &lt; 0. It is held relative to the strike and depends
/// on neither spot nor strike, so one boundary serves all. Spectral collocation after L. Andersen, M. Lake and D. Offengenden, High-performance American option
/// pricing, J. Computational Finance 20 (2016): the square of ln(boundary) is a polynomial in the root of time, found by damped Newton rounds on their system A.
/// </summary>
internal sealed class ExerciseBoundary
{
    private const int Degree = 12;
    private const int Columns = Degree + 1;
    private const int FitPoints = 20;
    private const int PricePoints = 48;

    private const int MaxRounds = 200;

    /// <summary>The largest move of a last round, in total volatilities. The price depends on the square of a boundary's error.</summary>
    private const double Converged = 1e-6;

    /// <summary>The largest Newton step, in total volatilities of the node.</summary>
    private const double StepLimit = 0.5;

    /// <summary>
    /// A yield just above the rate puts the boundary at expiry just below the strike. A gap smaller than this, in total volatilities, is seen by the first node only,
    /// and the polynomial then fits better when depths are measured from the strike.
    /// </summary>
    private const double NegligibleGap = 0.1;

    private static readonly double[] Roots = CollocationNodes.Chebyshev(Degree);
    private static readonly (double[] Points, double[] Weights) Fit = Bent(FitPoints);
    private static readonly (double[] Points, double[] Weights) Pricing = Bent(PricePoints);
    private static readonly double[][] FitBasis = [.. Roots.Select(root => root == 0.0 ? [] : Basis(Fit.Points, root))];
    private static readonly double[] PricingBasis = Basis(Pricing.Points, 1.0);

    private readonly double _rate;
    private readonly double _yield;
    private readonly double _volatility;
    private readonly double _years;

    /// <summary>ln of the price from which depths are measured downwards: the boundary's limit at expiry, or the strike where that is hardly above it.</summary>
    private readonly double _origin;

    /// <summary>Squares of the boundary's depth in logarithms at the nodes; node 0 is expiry.</summary>
    private readonly double[] _squares = new double[Columns];

    private ExerciseBoundary(double rate, double yield, double years, double volatility)
    {
        _rate = rate;
        _yield = yield;
        _volatility = volatility;
        _years = years;
        var limit = yield > rate ? CanonicalMath.Log(rate / yield) : 0.0;
        if (-limit < NegligibleGap * volatility * CanonicalMath.Sqrt(years))
        {
            _squares[0] = limit * limit;
        }
        else
        {
            _origin = limit;
        }
    }

    /// <summary>ln of the boundary now, relative to the strike: at or below it the put is exercised.</summary>
    public double LogNow => _origin - CanonicalMath.Sqrt(_squares[Degree]);

    /// <summary>The boundary, or null if the rounds do not converge: extreme ratios of rate to variance, or a rate of zero with a volatility above 200 %.</summary>
    /// <param name="rate">Above zero, or zero with a negative yield.</param>
    /// <param name="yield">Any.</param>
    /// <param name="years">Above zero.</param>
    /// <param name="volatility">Above zero.</param>
    public static ExerciseBoundary? TryFit(double rate, double yield, double years, double volatility)
    {
        var boundary = new ExerciseBoundary(rate, yield, years, volatility);
        return boundary.Solve() ? boundary : null;
    }

    /// <summary>What the right to exercise early adds to the European put of strike 1, at a spot above the boundary.</summary>
    /// <param name="logSpot">ln(spot/strike).</param>
    public double Premium(double logSpot)
    {
        var spot = CanonicalMath.Exp(logSpot);
        var sum = 0.0;
        for (var j = 0; j < PricePoints; j++)
        {
            var toGo = _years * Pricing.Points[j];
            var elapsed = _years - toGo;
            var root = _volatility * CanonicalMath.Sqrt(elapsed);
            var distance = logSpot - _origin + CanonicalMath.Sqrt(Square(PricingBasis, j));
            var middle = (distance + ((_rate - _yield) * elapsed)) / root;
            var interest = _rate * CanonicalMath.Exp(-_rate * elapsed) * CanonicalMath.NormalCdf((0.5 * root) - middle);
            var dividends = _yield * spot * CanonicalMath.Exp(-_yield * elapsed) * CanonicalMath.NormalCdf((-0.5 * root) - middle);
            sum += Pricing.Weights[j] * _years * (interest - dividends);
        }

        return sum;
    }

    private bool Solve()
    {
        Guess();
        var nodes = new Node[Columns];
        for (var i = 1; i <= Degree; i++)
        {
            nodes[i] = new Node(this, i);
        }

        var next = new double[Columns];
        var moves = new double[Columns];
        var shares = new double[Columns];
        Array.Fill(shares, 0.7);
        var tolerance = Converged * _volatility * CanonicalMath.Sqrt(_years);
        var least = CanonicalMath.Sqrt(_squares[0]);
        for (var round = 1; round <= MaxRounds; round++)
        {
            var largest = 0.0;
            for (var i = 1; i <= Degree; i++)
            {
                var depth = CanonicalMath.Sqrt(_squares[i]);
                var move = nodes[i].Step(this, depth);
                if (!double.IsFinite(move))
                {
                    return false;
                }

                move = Math.Max(move, least - depth);
                largest = Math.Max(largest, Math.Abs(move));

                // A node that swings takes a smaller share of its step, one that creeps a larger.
                if (round > 2)
                {
                    shares[i] = move * moves[i] < 0.0 ? Math.Max(0.1, shares[i] * 0.7) : Math.Min(2.0, shares[i] * 1.1);
                    move *= shares[i];
                }

                moves[i] = move;
                var moved = Math.Max(depth + move, least);
                next[i] = moved * moved;
            }

            Array.Copy(next, 1, _squares, 1, Degree);
            if (largest < tolerance)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A start that falls with the root of time and levels off at the boundary of the perpetual option.</summary>
    private void Guess()
    {
        var variance = _volatility * _volatility;
        var drift = ((_rate - _yield) / variance) - 0.5;
        var exponent = -drift - CanonicalMath.Sqrt((drift * drift) + (2.0 * _rate / variance));
        var floor = exponent < 0.0 ? _origin - CanonicalMath.Log(exponent / (exponent - 1.0)) : double.PositiveInfinity;
        var least = CanonicalMath.Sqrt(_squares[0]);
        for (var i = 1; i <= Degree; i++)
        {
            var spread = 1.5 * _volatility * CanonicalMath.Sqrt(_years) * Roots[i];
            var depth = floor > 0.0 ? spread / (1.0 + (spread / floor)) : 0.0;
            depth = Math.Max(depth, least);
            _squares[i] = depth * depth;
        }
    }

    /// <summary>The polynomial at one point, not below zero.</summary>
    private double Square(double[] basis, int point)
    {
        var at = point * Columns;
        var sum = 0.0;
        for (var k = 0; k <= Degree; k++)
        {
            sum += basis[at + k] * _squares[k];
        }

        return sum > 0.0 ? sum : 0.0;
    }

    /// <summary>Quadrature on (0, 1), bent so that a square root at either end becomes smooth.</summary>
    private static (double[] Points, double[] Weights) Bent(int count)
    {
        var (nodes, weights) = CollocationNodes.GaussLegendre(count);
        for (var j = 0; j < count; j++)
        {
            var y = nodes[j];
            nodes[j] = y * y * (3.0 - (2.0 * y));
            weights[j] *= 6.0 * y * (1.0 - y);
        }

        return (nodes, weights);
    }

    /// <summary>The Lagrange polynomials of the nodes at scale x root(points), a row for each point, by the barycentric formula.</summary>
    private static double[] Basis(double[] points, double scale)
    {
        var basis = new double[points.Length * Columns];
        for (var j = 0; j < points.Length; j++)
        {
            var z = scale * CanonicalMath.Sqrt(points[j]);
            var sum = 0.0;
            for (var k = 0; k <= Degree; k++)
            {
                var weight = (k is 0 or Degree ? 0.5 : 1.0) * (k % 2 == 0 ? 1.0 : -1.0);
                var term = weight / (z - Roots[k]);
                basis[(j * Columns) + k] = term;
                sum += term;
            }

            for (var k = 0; k <= Degree; k++)
            {
                basis[(j * Columns) + k] /= sum;
            }
        }

        return basis;
    }

    /// <summary>What stays the same at a node in every round.</summary>
    private sealed class Node
    {
        private readonly double[] _basis;
        private readonly double _root;
        private readonly double _carry;
        private readonly double[] _roots = new double[FitPoints];
        private readonly double[] _carries = new double[FitPoints];
        private readonly double[] _rateWeights = new double[FitPoints];
        private readonly double[] _yieldWeights = new double[FitPoints];

        public Node(ExerciseBoundary boundary, int index)
        {
            var years = boundary._years * Roots[index] * Roots[index];
            var drift = boundary._rate - boundary._yield;
            _basis = FitBasis[index];
            _root = boundary._volatility * CanonicalMath.Sqrt(years);
            _carry = drift * years;
            for (var j = 0; j < FitPoints; j++)
            {
                var from = years * Fit.Points[j];
                var weight = years * Fit.Weights[j];
                _roots[j] = boundary._volatility * CanonicalMath.Sqrt(years - from);
                _carries[j] = drift * (years - from);
                _rateWeights[j] = boundary._rate * weight * CanonicalMath.Exp(boundary._rate * from) / _roots[j];
                _yieldWeights[j] = boundary._yield * weight * CanonicalMath.Exp(boundary._yield * from);
            }
        }

        /// <summary>A Newton step of the depth with the rest of the boundary held; not a number where the equation has no value.</summary>
        public double Step(ExerciseBoundary boundary, double depth)
        {
            var log = boundary._origin - depth;
            var middle = (log + _carry) / _root;
            var low = middle - (0.5 * _root);
            var high = middle + (0.5 * _root);
            var numerator = CanonicalMath.NormalPdf(low) / _root;
            var density = CanonicalMath.NormalPdf(high) / _root;
            var numeratorSlope = -low * numerator / _root;
            var denominator = density + CanonicalMath.NormalCdf(high);
            var denominatorSlope = density - (high * density / _root);
            for (var j = 0; j < FitPoints; j++)
            {
                var root = _roots[j];
                middle = (CanonicalMath.Sqrt(boundary.Square(_basis, j)) - depth + _carries[j]) / root;
                low = middle - (0.5 * root);
                high = middle + (0.5 * root);
                var rateTerm = _rateWeights[j] * Density(low);
                var yieldTerm = _yieldWeights[j] * Density(high) / root;
                numerator += rateTerm;
                denominator += yieldTerm + (_yieldWeights[j] * CanonicalMath.NormalCdf(high));
                numeratorSlope -= rateTerm * low / root;
                denominatorSlope += yieldTerm - (yieldTerm * high / root);
            }

            if (!(numerator > 0.0 && denominator > 0.0))
            {
                return double.NaN;
            }

            // ln of the fixed-point equation: g(b) = ln N(b) - ln D(b) - (r - q) t - b = 0, where b = ln(boundary/strike).
            var gap = CanonicalMath.Log(numerator / denominator) - _carry - log;
            var slope = (numeratorSlope / numerator) - (denominatorSlope / denominator) - 1.0;
            var step = slope < -0.1 ? gap / slope : -gap;
            var limit = StepLimit * _root;
            return step > limit ? limit : step < -limit ? -limit : step;
        }

        /// <summary>The normal density without the care for its far tail, which weighs nothing here.</summary>
        private static double Density(double x) => CanonicalMath.InverseSqrtTwoPi * CanonicalMath.Exp(-0.5 * x * x);
    }
}
