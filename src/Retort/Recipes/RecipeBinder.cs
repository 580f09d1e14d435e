namespace Retort.Recipes;

/// <summary>Binds recipes to C# records by reflection; knows no method, model or stage by itself.</summary>
/// <remarks>A key is its property's name in snake_case. <c>required</c> properties must be given; the others keep what a new
/// record has. Properties may be truth values, numbers, text, enums (kebab-case), paths, taps, durations, schedules, lists,
/// dictionaries, other records, and choices (abstract records with <see cref="KindAttribute"/>).</remarks>
/// <param name="registry">What choices choose from.</param>
public sealed class RecipeBinder(ComponentRegistry registry)
{
    /// <summary>Binds a document; everything that is wrong is collected in the result.</summary>
    /// <typeparam name="T">The record of the whole recipe.</typeparam>
    public Binding<T> Bind<T>(RecipeDocument document)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(document);
        var session = new BindSession(registry, document.Errors);
        object? value = session.BindRoot(document.Root, typeof(T));
        return new Binding<T>((T?)value, session, document.Root);
    }
}
