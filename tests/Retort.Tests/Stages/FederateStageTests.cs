using Retort.Tests.Methods;
using Retort.Torch;
using Retort.Torch.Serialization;

namespace Retort.Tests.Stages;

[Collection("default generator")]
public sealed class FederateStageTests
{
    private const string Common = "name: fed, role: student, clients: 3, rounds: 3, proxy: 60, "
        + "training: { epochs: 1, batch_size: 30, criteria: [cross-entropy], optimizer: { sgd: { lr: 0.05 } } }";

    [Theory]
    [InlineData("aggregation: fedavg, participation: 0.7")]
    [InlineData("aggregation: feddf")]
    [InlineData("aggregation: knfu, same_start: false")]
    [InlineData("aggregation: median, attackers: 1, attacks: [noise], participation: { modest: { sample: 2 } }")]
    [InlineData("aggregation: variance-corrected-averaging, same_start: false")]
    [InlineData("aggregation: bristle, hold_out: 0.2, attackers: 1, attacks: [zero]")]
    public void Interrupted_between_rounds_and_resumed_it_ends_with_the_same_bits(string options)
    {
        using var run = new MethodRun($"- federate: {{ {Common}, {options} }}");
        Assert.Empty(run.Problems());
        run.Run("whole");
        run.Run("broken", "fed", steps: 2);
        Assert.Equal(MethodRun.Digest(run.FileOf("whole", "fed")), MethodRun.Digest(run.FileOf("broken", "fed")));
        Assert.Equal(
            File.ReadAllText(run.FileOf("whole", "fed", "done.json")).Split("figures")[1],
            File.ReadAllText(run.FileOf("broken", "fed", "done.json")).Split("figures")[1]);
    }

    // With equal sizes, one full batch and one epoch, the mean of the clients' steps is the step on all data. Without batch-norm,
    // whose statistics differ by client.
    [Fact]
    public void Averaging_after_one_full_batch_is_a_step_on_all_data()
    {
        const string recipe =
            """
            recipe: 1
            name: tiny
            seeds: [5]
            threads: 1
            device: cpu
            data: { dataset: glyphs, train: 360, test: 36, batch_size: 360 }
            roles: { student: { model: mlp, in_channels: 1, image_size: 28, hidden: [8], classes: 36 } }
            stages:
              - train: { name: central, role: student, criteria: [cross-entropy], epochs: 1, optimizer: { sgd: { lr: 0.5, momentum: 0 } }, schedule: 1 }
              - federate:
                  name: fed
                  role: student
                  clients: 2
                  rounds: 1
                  partition: groups
                  aggregation: fedavg
                  training: { epochs: 1, batch_size: 360, criteria: [cross-entropy], optimizer: { sgd: { lr: 0.5, momentum: 0 } }, schedule: 1 }
            """;
        using MethodRun run = MethodRun.Of(recipe);
        Assert.Empty(run.Problems());
        run.Run("whole");
        using var scope = new TensorScope();
        IReadOnlyDictionary<string, Tensor> central = SafeTensors.Read(run.FileOf("whole", "central")), fed = SafeTensors.Read(run.FileOf("whole", "fed"));
        Assert.All(central, entry => Assert.True((entry.Value - fed[entry.Key]).Abs().Max().ToDouble() < 1e-6, entry.Key));
    }

    [Theory]
    [InlineData("aggregation: feddf", "the aggregation needs samples at the server, and the stage holds none back")]
    [InlineData("aggregation: bristle", "the aggregation judges by samples that clients hold out, and they hold out none")]
    [InlineData("aggregation: fedavg, attackers: 8, attacks: [zero]", "of 8 clients 8 would be Byzantine")]
    [InlineData("aggregation: fedavg, attackers: 1", "nothing says what the attackers do")]
    [InlineData("aggregation: fedavgg", "there is no aggregation 'fedavgg'")]
    public void What_cannot_be_done_is_said_before_anything_is_run(string options, string message)
    {
        using var run = new MethodRun($"- federate: {{ name: fed, role: student, training: {{ criteria: [cross-entropy] }}, {options} }}");
        Assert.Equal([message], run.Problems());
    }
}
