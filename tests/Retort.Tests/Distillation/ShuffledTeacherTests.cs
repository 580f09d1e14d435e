using Retort.Data;
using Retort.Distillation;
using Retort.Recipes;
using Retort.Torch;

namespace Retort.Tests.Distillation;

public sealed class ShuffledTeacherTests
{
    private static readonly TapPath Rows = TapPath.Parse("rows"), Whole = TapPath.Parse("whole");

    [Fact]
    public void Output_and_taps_are_put_into_one_order_that_changes_from_step_to_step()
    {
        using var scope = new TensorScope();
        const int samples = 32;
        long[] ids = [.. Enumerable.Range(0, samples).Select(i => (long)i)];
        var batch = new Batch(Tensor.Zeros(samples, 1), Tensor.From(ids), Tensor.From(ids));
        using var teacher = new ShuffledTeacher(new Fixed(ids));
        RoleSignals first = teacher.Run(batch), second = teacher.Run(batch);
        long[] found = first.Output.ToArray<long>();
        Assert.Equal(ids, found.Order());
        Assert.NotEqual(ids, found);
        Assert.Equal(found, first.Tap(Rows).ToArray<long>().Select(v => v - 100));
        Assert.Equal([1L, 2L], first.Tap(Whole).ToArray<long>());
        Assert.NotEqual(found, second.Output.ToArray<long>());
    }

    private sealed class Fixed(long[] ids) : ITeacher
    {
        public string Name => "teacher";

        public RoleSignals Run(Batch batch) => new(Name, Tensor.From(ids), new Dictionary<TapPath, Tensor>
        {
            [Rows] = Tensor.From(Array.ConvertAll(ids, id => id + 100)),
            [Whole] = Tensor.From(new long[] { 1, 2 }),
        });

        public void Dispose()
        {
        }
    }
}
