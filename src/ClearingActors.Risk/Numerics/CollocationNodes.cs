namespace ClearingActors.Risk.Numerics;

/// <summary>Nodes and weights of quadrature and interpolation, computed once with canonical arithmetic: the same bits on every machine.</summary>
internal static class CollocationNodes
{
    private const double Pi = 3.14159265358979323846;

    /// <summary>Gauss-Legendre nodes on (0, 1), ascending, and their weights, which sum to 1; by Newton's method on the Legendre polynomial.</summary>
    /// <param name="count">Even, 2 or more.</param>
    public static (double[] Nodes, double[] Weights) GaussLegendre(int count)
    {
        var nodes = new double[count];
        var weights = new double[count];
        for (var i = 0; i < count / 2; i++)
        {
            var x = Cosine(Pi * (i + 0.75) / (count + 0.5));
            var slope = 0.0;

            // From this start Newton's method is at the last bits after four or five rounds; a fixed number keeps the order fixed.
            for (var round = 0; round < 8; round++)
            {
                var previous = 1.0;
                var value = x;
                for (var k = 2; k <= count; k++)
                {
                    var next = ((((2.0 * k) - 1.0) * x * value) - ((k - 1.0) * previous)) / k;
                    previous = value;
                    value = next;
                }

                slope = count * ((x * value) - previous) / ((x * x) - 1.0);
                x -= value / slope;
            }

            var weight = 1.0 / ((1.0 - (x * x)) * slope * slope);
            nodes[i] = 0.5 * (1.0 - x);
            nodes[count - 1 - i] = 0.5 * (1.0 + x);
            weights[i] = weight;
            weights[count - 1 - i] = weight;
        }

        return (nodes, weights);
    }

    /// <summary>The <paramref name="degree"/> + 1 Chebyshev points of the second kind on [0, 1], ascending from 0 to 1.</summary>
    /// <param name="degree">1 or more.</param>
    public static double[] Chebyshev(int degree)
    {
        var nodes = new double[degree + 1];
        for (var i = 0; i <= degree / 2; i++)
        {
            var half = 0.5 * Cosine(Pi * i / degree);
            nodes[i] = 0.5 - half;
            nodes[degree - i] = 0.5 + half;
        }

        return nodes;
    }

    /// <summary>The cosine of an angle in [0, pi/2 + 0.1] by its Taylor series, within a few units of 1e-16.</summary>
    private static double Cosine(double angle)
    {
        var square = angle * angle;
        var sum = 1.0;
        for (var k = 24; k >= 2; k -= 2)
        {
            sum = 1.0 - (square / ((k - 1.0) * k) * sum);
        }

        return sum;
    }
}
