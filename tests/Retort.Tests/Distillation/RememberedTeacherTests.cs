using Retort.Data;
using Retort.Distillation;
using Retort.Tests.Training;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Distillation;

public sealed class RememberedTeacherTests
{
    [Fact]
    public void A_mismatched_share_answers_about_others_of_the_share_for_good_and_the_rest_stays()
    {
        using var scope = new TensorScope();
        using Sequential net = Nets.Mlp(1);
        net.Eval();
        Batch batch = Nets.Batch(2, 12);
        var data = Dataset.OfNumbers(
            "drawn", "train", batch.Input.ToArray<float>(), [Nets.Features], batch.Labels.ToArray<long>(), ["a", "b", "c"]);
        float[][] right = Answers(net, data, batch, share: 0), wrong = Answers(net, data, batch, share: 0.5);
        int[] moved = [.. Enumerable.Range(0, 12).Where(k => !right[k].SequenceEqual(wrong[k]))];
        Assert.Equal(6, moved.Length);
        Assert.Equal(Sorted(moved.Select(k => right[k])), Sorted(moved.Select(k => wrong[k])));
        Assert.Equal(wrong, Answers(net, data, batch, share: 0.5));
    }

    private static IEnumerable<float> Sorted(IEnumerable<float[]> rows) => rows.Select(r => r[0]).Order();

    private static float[][] Answers(Sequential net, Dataset data, Batch batch, double share)
    {
        using var teacher = RememberedTeacher.Of(new Role("teacher", net), data, [], Device.Cpu);
        teacher.Mismatch(share, seed: 3);
        return [.. teacher.Run(batch).Logits.ToArray<float>().Chunk(Nets.Classes)];
    }
}
