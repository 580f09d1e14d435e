using System.Security.Cryptography;

namespace Retort.Serving;

/// <summary>Answers by the key that a client gave with the request (<c>Idempotency-Key</c>): asked again, it costs
/// nothing.</summary>
/// <remarks>A client that was killed before it had written an answer down asks again, and need not pay twice. The latest
/// answers are kept, up to a number and a size.</remarks>
internal sealed class ReplyMemory
{
    private const int MostReplies = 4096;
    private const long MostBytes = 32 << 20;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (byte[] Body, Task<byte[]> Reply)> _replies = [];
    private readonly Queue<string> _order = new();
    private long _bytes;

    /// <summary>The answer to a request: a remembered one, one under way, or a new one.</summary>
    /// <exception cref="ApiException">The key was given with another body before.</exception>
    public Task<byte[]> Get(string key, ReadOnlyMemory<byte> body, Func<Task<byte[]>> answer)
    {
        byte[] hash = SHA256.HashData(body.Span);
        lock (_lock)
        {
            if (_replies.TryGetValue(key, out (byte[] Body, Task<byte[]> Reply) known)
                && !known.Reply.IsFaulted && !known.Reply.IsCanceled)
            {
                return known.Body.AsSpan().SequenceEqual(hash)
                    ? known.Reply
                    : throw new ApiException(
                        422, "this Idempotency-Key was used with another request.", code: "idempotency_key_reused");
            }

            Task<byte[]> reply = answer();
            if (!_replies.ContainsKey(key))
                _order.Enqueue(key);
            _replies[key] = (hash, reply);
            Forget();
            return Count(reply);
        }
    }

    private async Task<byte[]> Count(Task<byte[]> reply)
    {
        byte[] found = await reply.ConfigureAwait(false);
        lock (_lock)
        {
            _bytes += found.Length;
            Forget();
        }

        return found;
    }

    private void Forget()
    {
        while (_order.Count > 0 && (_order.Count > MostReplies || _bytes > MostBytes))
        {
            if (_replies.Remove(_order.Dequeue(), out (byte[] Body, Task<byte[]> Reply) old) && old.Reply.IsCompletedSuccessfully)
                _bytes -= old.Reply.Result.Length;
        }
    }
}
