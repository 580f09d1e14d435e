namespace Retort.Recipes;

/// <summary>Options whose values must fit together, beyond what each must be by itself.</summary>
public interface IValidatable
{
    /// <summary>Returns what does not fit. Called once all properties are set and right by themselves.</summary>
    public IEnumerable<Problem> Validate();
}
