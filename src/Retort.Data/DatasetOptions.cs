namespace Retort.Data;

/// <summary>What a recipe may write for a data set, and how it is loaded.</summary>
public abstract record DatasetOptions
{
    /// <summary>Whether the set is read from files, so that a folder has to be named.</summary>
    public virtual bool HasFiles => true;

    /// <summary>Loads a split.</summary>
    /// <param name="root">The folder of its files; not used where <see cref="HasFiles"/> is false.</param>
    /// <param name="split"><c>train</c>, <c>test</c>, or another that the set has.</param>
    /// <exception cref="DataFormatException">A file is missing, damaged, or not of the format.</exception>
    public abstract Dataset Load(string root, string split);

    /// <summary>Mean and standard deviation a channel with which inputs are normalised unless the recipe says otherwise; null for none.</summary>
    public virtual (IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation)? Normalization => null;
}
