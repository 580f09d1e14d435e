using Retort.Models.Text;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Tests.Generation;

/// <summary>A Markov chain: what follows depends on the last token alone, as a table of probabilities says.</summary>
internal sealed class TableModel(double[,] probabilities, int context = 64) : Module, ICausalModel
{
    private readonly Tensor _logits = Tensor.From(probabilities).Log().Persist();

    public int Context => context;

    public int Vocabulary => probabilities.GetLength(0);

    public static TableModel Random(int seed, int vocabulary, double sharpness = 2)
    {
        var random = new Random(seed);
        var table = new double[vocabulary, vocabulary];
        for (int row = 0; row < vocabulary; row++)
        {
            double[] raw = [.. Enumerable.Range(0, vocabulary).Select(_ => Math.Exp(sharpness * random.NextDouble()))];
            for (int k = 0; k < vocabulary; k++)
                table[row, k] = raw[k] / raw.Sum();
        }

        return new TableModel(table);
    }

    public double Of(long before, long next) => probabilities[before, next];

    public ITokenReader Reader() => new TableReader(this);

    protected override Tensor Forward(Tensor input) => _logits.IndexSelect(0, input.Flatten()).Reshape([.. input.Shape, Vocabulary]);

    private sealed class TableReader(TableModel model) : ITokenReader
    {
        public long Length { get; private set; }

        public Tensor Read(Tensor tokens)
        {
            Length += tokens.Size(1);
            return model.Call(tokens);
        }

        public void Truncate(long length) => Length = length;

        public void Dispose()
        {
        }
    }
}
