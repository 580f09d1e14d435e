using System.Text;

namespace Retort.Serving;

/// <summary>Ends a text before a stop sequence: holds pieces back for as long as one could still begin in them.</summary>
internal sealed class StopFilter
{
    private readonly byte[][] _stops;
    private readonly int _longest;
    private readonly List<TextPiece> _held = [];
    private readonly List<byte> _bytes = [];

    public StopFilter(IReadOnlyList<string> stops)
    {
        _stops = [.. stops.Select(Encoding.UTF8.GetBytes)];
        _longest = _stops.Length == 0 ? 0 : _stops.Max(s => s.Length);
    }

    /// <summary>Whether a stop sequence was found; nothing follows then.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Takes a piece and gives those that are safe to show.</summary>
    public IEnumerable<TextPiece> Add(TextPiece piece)
    {
        if (_longest == 0)
        {
            yield return piece;
            yield break;
        }

        _held.Add(piece);
        _bytes.AddRange(piece.Bytes.Span);
        int end = Find();
        IsStopped = end >= 0;
        // Without a match the last bytes may be the beginning of one.
        foreach (TextPiece shown in Take(IsStopped ? end : _bytes.Count - _longest + 1, cut: IsStopped))
            yield return shown;
    }

    /// <summary>Gives what was held back, at the end of the text.</summary>
    public IEnumerable<TextPiece> End() => IsStopped ? [] : Take(_bytes.Count, cut: false);

    private int Find()
    {
        ReadOnlySpan<byte> text = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_bytes);
        int first = -1;
        foreach (byte[] stop in _stops)
        {
            int at = text.IndexOf(stop);
            first = at >= 0 && (first < 0 || at < first) ? at : first;
        }

        return first;
    }

    private List<TextPiece> Take(int length, bool cut)
    {
        List<TextPiece> taken = [];
        while (_held.Count > 0 && length > 0)
        {
            TextPiece next = _held[0];
            if (next.Bytes.Length > length && !cut)
                break;
            int size = Math.Min(length, next.Bytes.Length);
            taken.Add(next with { Bytes = next.Bytes[..size] });
            _held.RemoveAt(0);
            _bytes.RemoveRange(0, size);
            length -= size;
        }

        return taken;
    }
}
