using System.ComponentModel.DataAnnotations;
using Retort.Data;
using Retort.Models.Generative;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation.Tasks;

/// <summary>Scenes like the data's, seen from all views: how near a true one each picture is, how scenes differ, how coloured
/// they are.</summary>
/// <remarks>
/// <para>Samples are pictures [C, …] whose labels are views. Of each view one half of its pictures is what scenes are compared
/// with. <c>error</c>: distance of a scene's picture from the nearest true one; <c>floor</c>: that of the other half's.
/// <c>diversity</c>: mean distance between the pictures of two scenes from one view, over that of true ones; <c>saturation</c>:
/// mean deviation of a pixel's channels from their mean, over that of true pictures. Distances are root mean squares over a
/// picture's numbers; figures are means over views and scenes.</para>
/// <para>A single scene has a diversity of 0.</para>
/// </remarks>
[Named("scene")]
public sealed record SceneTask : EvaluationTask
{
    /// <summary>True pictures of a view that scenes are compared with, at most.</summary>
    [Range(2, 10_000)]
    public int Truths { get; init; } = 500;

    /// <inheritdoc/>
    public override IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device)
    {
        ArgumentNullException.ThrowIfNull(loader);
        if (model is not ParticleGenerator { Conditions: > 0 } scenes)
        {
            throw new ArgumentException(
                $"{model?.GetType().Name} shows no scenes: the task needs particles that are seen from views, such as 'splats'.",
                nameof(model));
        }

        int views = loader.Data.ClassNames.Count;
        if (views != scenes.Conditions)
            throw new ArgumentException($"the model has {scenes.Conditions} views, and the data {views}.", nameof(model));
        scenes.Eval();
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        (Tensor inputs, Tensor labels) = ReadAll(loader);
        Tensor all = inputs.To(DType.Float64);
        Tensor particles = Tensor.Arange(scenes.Particles).To(device);
        var found = new double[views][];
        for (int view = 0; view < views; view++)
        {
            using var one = new TensorScope();
            Tensor rows = labels.Eq(view).Nonzero().Flatten();
            long count = Math.Min(Truths, rows.Size(0) / 2);
            if (count < 2)
            {
                throw new ArgumentException(
                    $"view {view} has {rows.Size(0)} pictures; at least 4 are needed to compare with.", nameof(loader));
            }

            Tensor seen = Tensor.Full([scenes.Particles], view, DType.Int64).To(device);
            Tensor made = scenes.Render(particles, seen).To(Device.Cpu).To(DType.Float64);
            Tensor truths = all.IndexSelect(0, rows.Narrow(0, 0, count));
            Tensor others = all.IndexSelect(0, rows.Narrow(0, count, count));
            found[view] =
            [
                Nearest(made, truths), Nearest(others, truths), Apart(made) / Apart(truths),
                Saturation(made) / Saturation(truths),
            ];
        }

        string[] names = ["error", "floor", "diversity", "saturation"];
        return [.. names.Select((name, k) => new KeyValuePair<string, double>(name, found.Average(f => f[k])))];
    }

    // Root mean square differences, [N, M].
    private static Tensor Distances(Tensor first, Tensor second) =>
        Ops.Cdist(first.Flatten(1), second.Flatten(1)) / Math.Sqrt(first.NumElements / (double)first.Size(0));

    private static double Nearest(Tensor pictures, Tensor truths) => Distances(pictures, truths).Min(1).Item1.Mean().ToDouble();

    private static double Apart(Tensor pictures)
    {
        double count = pictures.Size(0);
        return count < 2 ? 0 : Distances(pictures, pictures).Sum().ToDouble() / (count * (count - 1));
    }

    private static double Saturation(Tensor pictures) =>
        (pictures - pictures.Mean([1], true)).Square().Mean([1]).Sqrt().Mean().ToDouble();
}
