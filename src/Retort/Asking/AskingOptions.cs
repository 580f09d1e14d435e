using System.ComponentModel.DataAnnotations;

namespace Retort.Asking;

/// <summary>What a recipe may write under <c>asking:</c>: how a chat teacher is asked, and what that may cost.</summary>
[Noun("asking")]
public sealed record AskingOptions
{
    /// <summary>Questions that are open at once. Changes speed, not results.</summary>
    [Range(1, 1024)]
    public int Concurrency { get; init; } = 4;

    /// <summary>Tokens of an answer at most; one that is cut off there is refused.</summary>
    [Range(1, 1 << 20)]
    public int MaxTokens { get; init; } = 512;

    /// <summary>What the teacher's logits are divided by; 0 for its likeliest words.</summary>
    [Range(0.0, 2.0)]
    public double Temperature { get; init; }

    /// <summary>Seconds for an answer.</summary>
    [Range(0.01, 86_400)]
    public double Timeout { get; init; } = 120;

    /// <summary>How often a request that failed on the way is sent again: timeouts, lost connections, 429, 5xx, replies that
    /// are no JSON.</summary>
    [Range(0, 1000)]
    public int Retries { get; init; } = 6;

    /// <summary>Seconds before the first of them, about; each further wait is about twice as long. A longer wait that the
    /// teacher asks for is kept.</summary>
    [Range(0, 3600)]
    public double Backoff { get; init; } = 1;

    /// <summary>How often a question is asked, with a seed of its own each time, until an answer can be used.</summary>
    [Range(1, 100)]
    public int Attempts { get; init; } = 3;

    /// <summary>Answers that may be paid for altogether, those that cannot be used included. The default is no limit.</summary>
    [Range(1, long.MaxValue)]
    public long? MaxReplies { get; init; }

    /// <summary>What may be spent altogether, in the currency of the prices. The default is no limit.</summary>
    [Range(0, double.MaxValue, MinimumIsExclusive = true)]
    public double? MaxCost { get; init; }

    /// <summary>The price of a million tokens that are sent.</summary>
    [Range(0, double.MaxValue)]
    public double InputPrice { get; init; }

    /// <summary>The price of a million tokens that come back.</summary>
    [Range(0, double.MaxValue)]
    public double OutputPrice { get; init; }

    /// <summary>What an answer cost.</summary>
    internal double CostOf(Reply reply) => ((reply.InputTokens * InputPrice) + (reply.OutputTokens * OutputPrice)) / 1e6;
}
