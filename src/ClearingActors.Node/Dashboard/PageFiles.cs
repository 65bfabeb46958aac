using System.IO.Compression;
using System.Security.Cryptography;
using ClearingActors.Dashboard;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Net.Http.Headers;

namespace ClearingActors.Node.Dashboard;

/// <summary>The page's files, from the assembly that the build put them into. Every address that names no file is the page itself, which then shows what the address means.</summary>
internal sealed class PageFiles
{
    private const string Index = "index.html";
    private readonly Dictionary<string, Served> _files = DashboardAssets.Names.ToDictionary(name => name, name => new Served(DashboardAssets.Read(name)), StringComparer.Ordinal);

    /// <summary>Changes with the page, so that one which is open can tell that the node has another.</summary>
    internal static string Build { get; } = Convert.ToHexString(SHA256.HashData(DashboardAssets.Read(Index)))[..12];

    internal void MapTo(IEndpointRouteBuilder app) => app.MapMethods("/{**path}", [HttpMethods.Get, HttpMethods.Head], (RequestDelegate)ServeAsync);

    private async Task ServeAsync(HttpContext http)
    {
        var path = http.Request.RouteValues["path"] as string ?? "";
        if (path.StartsWith("api/", StringComparison.Ordinal) || path.StartsWith("assets/", StringComparison.Ordinal) && !_files.ContainsKey(path))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        var name = _files.ContainsKey(path) ? path : Index;
        var response = http.Response;
        response.ContentType = TypeOf(name);

        // Files under assets have their hash in the name.
        response.Headers.CacheControl = name.StartsWith("assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        var file = _files[name];
        var content = file.Plain;
        if (http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            response.Headers.ContentEncoding = "gzip";
            content = file.Compressed;
        }

        response.ContentLength = content.Length;
        if (!HttpMethods.IsHead(http.Request.Method))
        {
            await response.Body.WriteAsync(content, http.RequestAborted).ConfigureAwait(false);
        }
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".woff2" => "font/woff2",
        ".json" or ".webmanifest" => "application/json",
        ".png" => "image/png",
        _ => "application/octet-stream",
    };

    private sealed class Served(byte[] plain)
    {
        private byte[]? _compressed;

        internal byte[] Plain { get; } = plain;

        internal byte[] Compressed => _compressed ??= Compress(Plain);

        private static byte[] Compress(byte[] plain)
        {
            using var compressed = new MemoryStream();
            using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
            {
                gzip.Write(plain);
            }

            return compressed.ToArray();
        }
    }
}
