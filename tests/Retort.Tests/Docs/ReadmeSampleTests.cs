using Retort.Data;
using Retort.Distillation;
using Retort.Methods.Logits;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;

namespace Retort.Tests.Docs;

public sealed class ReadmeSampleTests
{
    private const int Samples = 256;
    private const int Features = 8;

    [Fact]
    public void The_readme_has_the_sample() => Assert.Single(DocumentPage.Read("README.md").Blocks("csharp"));

    // The sample stands here as the README has it; DocumentTests compares the two.
    [Fact]
    public void The_readme_s_sample_distils()
    {
        using var random = new Generator(7);
        using Linear teacher = Classifier(scale: 2), student = Classifier(scale: 0.01);
        using var outer = new TensorScope();
        Tensor inputs = Tensor.Randn(random, Samples, Features);
        Tensor labels = teacher.Call(inputs).Argmax(1);
        Dataset data = Dataset.OfNumbers("random", "train", inputs.ToArray<float>(), [Features], labels.ToArray<long>(), ["a", "b", "c"]);
        double before = Agreement();
        Distil(teacher, student, new Loader(data, new LoaderOptions { BatchSize = 32, Shuffle = true }), epochs: 20);
        Assert.InRange(before, 0, 0.8);
        Assert.InRange(Agreement(), 0.9, 1);
        Assert.False(teacher.Weight.Trainable);

        double Agreement() => student.Call(inputs).Argmax(1).Eq(labels).To(DType.Float32).Mean().ToDouble();

        Linear Classifier(double scale)
        {
            var linear = new Linear(Features, 3);
            linear.LoadStateDict(new Dictionary<string, Tensor>
            {
                ["weight"] = Tensor.Randn(random, 3, Features) * scale,
                ["bias"] = Tensor.Zeros(3),
            });
            return linear;
        }

        static void Distil(Module teacher, Module student, Loader data, int epochs)
        {
            using var frozen = new FrozenTeacher(new Role("teacher", teacher), taps: []);   // no gradients; folded and compiled
            using var optimizer = new Sgd([new ParameterGroup(student.Parameters())], new SgdOptions { LearningRate = 0.05, Momentum = 0.9 });
            for (int epoch = 0; epoch < epochs; epoch++)
            {
                using var scope = new TensorScope();                                        // frees what the epoch made
                foreach (Batch batch in data.Epoch(epoch))
                {
                    using var step = new TensorScope();
                    Tensor logits = student.Call(batch.Input), hints = frozen.Run(batch.Input).Logits;
                    Tensor loss = 0.1 * CrossEntropy.Loss(logits, batch.Labels) + 0.9 * KnowledgeDistillation.Loss(logits, hints, temperature: 4);
                    optimizer.ZeroGrad();
                    loss.Backward();
                    optimizer.Step();
                }
            }
        }
    }
}
