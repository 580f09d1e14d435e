using Retort.Data;

namespace Retort.Serving;

/// <summary>What a recipe may write under <c>script:</c>: a teacher that follows rules, whose truth is therefore known.</summary>
/// <remarks>Experiments with such a teacher show what a pipeline makes of its teacher, not what a large model knows.</remarks>
[Kind("script")]
public abstract record ScriptOptions
{
    /// <summary>Answers a request.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="chance">Decides whatever is left to chance; the request's seed and messages decide it.</param>
    public abstract string Answer(TextRequest request, RandomStream chance);
}
