using Retort.Data;
using Retort.Distillation;
using Retort.Evaluation;
using Retort.Methods.Logits;
using Retort.Methods.Relations;
using Retort.Torch;
using Retort.Torch.Nn;
using Retort.Torch.Optim;
using Retort.Training.Optimizers;

namespace Retort.Tests.Docs;

// Inside Retort's own namespaces the short name is the folder's.
using Distillation = Retort.Training.Distillation;

public sealed class ReadmeSampleTests
{
    private const int Samples = 256;
    private const int Features = 8;

    [Fact]
    public void The_readme_has_the_sample() => Assert.Single(DocumentPage.Read("README.md").Blocks("csharp"));

    // The samples stand here as the pages have them; DocumentTests compares the two.
    [Fact]
    public void The_readme_s_sample_distils()
    {
        ClassificationFigures? figures = null;
        RequireLearning((teacher, student, data) => figures = Distil(teacher, student, data, data));
        Assert.InRange(figures!.Top1, 0.9, 1);

        static ClassificationFigures Distil(Module teacher, Module student, Loader training, Loader test) =>
            new Distillation(teacher, student) { Optimizer = new SgdChoice { Lr = 0.05, Momentum = 0.9 } }
                .With(new CrossEntropyOptions { Weight = 0.1 })
                .With(new KnowledgeDistillationOptions { Weight = 0.9, Temperature = 4 })
                .With(new SimilarityPreservingOptions { Weight = 1, StudentTap = "0", TeacherTap = "0" })
                .Train(training, epochs: 20, test)!;
    }

    [Fact]
    public void The_loop_of_one_s_own_distils()
    {
        RequireLearning((teacher, student, data) => Distil(teacher, student, data, epochs: 20));

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
    private static void RequireLearning(Action<Module, Module, Loader> distil)
    {
        using var random = new Generator(7);
        using Sequential teacher = Classifier(scale: 2), student = Classifier(scale: 0.01);
        using var outer = new TensorScope();
        Tensor inputs = Tensor.Randn(random, Samples, Features);
        Tensor labels = teacher.Call(inputs).Argmax(1);
        Dataset data = Dataset.OfNumbers("random", "train", inputs.ToArray<float>(), [Features], labels.ToArray<long>(), ["a", "b", "c"]);
        double before = Agreement();
        distil(teacher, student, new Loader(data, new LoaderOptions { BatchSize = 32, Shuffle = true }));
        Assert.InRange(before, 0, 0.8);
        Assert.InRange(Agreement(), 0.9, 1);
        Assert.All(teacher.Parameters(), p => Assert.False(p.Trainable));

        double Agreement() => student.Call(inputs).Argmax(1).Eq(labels).To(DType.Float32).Mean().ToDouble();

        Sequential Classifier(double scale)
        {
            var network = new Sequential(new Linear(Features, 3));
            network.LoadStateDict(new Dictionary<string, Tensor>
            {
                ["0.weight"] = Tensor.Randn(random, 3, Features) * scale,
                ["0.bias"] = Tensor.Zeros(3),
            });
            return network;
        }
    }
}
