using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Features;
using Retort.Models.Vision;
using Retort.Recipes;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Methods.Features;

[Collection("default generator")]
public sealed class SoftmaxRegressionTests : IDisposable
{
    private readonly TensorScope _scope = new();

    public void Dispose() => _scope.Dispose();

    private static Signals SignalsOf(Tensor student, Tensor teacher, Tensor logits)
    {
        RoleSignals Of(string name, Tensor feature) =>
            new(name, logits, new Dictionary<TapPath, Tensor> { [TapPath.LastFeature] = feature });
        var batch = new Batch(student, Tensor.Zeros(DType.Int64, student.Size(0)), Tensor.Arange(student.Size(0)));
        return new Signals(batch, default, Of("student", student), Of("teacher", teacher));
    }

    [Fact]
    public void The_teachers_classifier_reads_the_student_and_gets_no_gradient()
    {
        Engine.ManualSeed(1);
        using var generator = new Generator(1);
        using Module model = new SmallCnnOptions { InChannels = 1, Width = 2, Classes = 3 }.Build();
        var classifier = (Linear)model.Find("fc");
        var role = new Role("teacher", model);
        using var criterion = new SoftmaxRegression(new SoftmaxRegressionOptions { FeatureWeight = 0 });
        criterion.Attach(new Attachment { Student = role, Teachers = [role] });
        Tensor student = Tensor.Randn(generator, 4, 5, 2, 2).SetRequiresGrad(), teacher = Tensor.Rand(generator, 4, 8);
        Tensor logits = Tensor.Zeros(4, 3);
        Signals signals = SignalsOf(student, teacher, logits);
        criterion.Prepare(signals);
        Tensor loss = criterion.Evaluate(signals);
        Tensor?[] gradients = Autograd.Grad([loss], [student, classifier.Weight], retainGraph: true, allowUnused: true);
        Assert.True(gradients[0]!.Abs().Sum().ToDouble() > 0);
        Assert.Null(gradients[1]);

        // Teacher's logits of 0: what is left is the mean square of what the classifier makes of the adapted, pooled map.
        Tensor adapted = ((Module)criterion.Owned.Find("projector")).Call(student).Mean([2, 3]);
        double expected = Ops.Linear(adapted, classifier.Weight, classifier.Bias?.Value).Square().Mean().ToDouble();
        Assert.Equal(expected, loss.ToDouble(), 1e-6);
    }
}
