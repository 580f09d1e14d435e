using Retort.Data;
using Retort.Data.Downloads;
using Retort.Recipes;
using Retort.Registry;
using Retort.Runs;

namespace Retort.Tests.Runs;

public sealed class DatasetNamesTests
{
    public static TheoryData<string> Names => [.. DatasetCatalogue.All.Select(set => set.Name)];

    [Theory, MemberData(nameof(Names))]
    public void What_is_fetched_lies_where_a_recipe_without_a_root_looks(string name)
    {
        Component? component = RetortCatalog.Default.Find(typeof(DatasetOptions), name);
        Assert.True(component is not null, $"`retort data get {name}` fetches a set that no recipe can name.");
        var options = (DatasetOptions)Activator.CreateInstance(component.OptionsType)!;
        using var data = new DataProvider(new DataOptions { Dataset = options });
        Assert.Equal(DataProvider.DefaultRoot(name), data.Root);
        Assert.Equal(name, Path.GetFileName(data.Root));
    }

    [Theory]
    [InlineData("cifar-10", "cifar10")]
    [InlineData("CIFAR-100", "cifar100")]
    [InlineData("fashionmnist", "fashion-mnist")]
    public void Other_spellings_find_the_set(string written, string name) =>
        Assert.Equal(name, DatasetCatalogue.Find(written)?.Name);
}
