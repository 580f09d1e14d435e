using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Models.Multimodal;

/// <summary>A multi-layer perceptron whose blocks add to what they read: x + fc2(relu(fc1(norm(x)))).</summary>
/// <remarks>[N, …] with <c>inputs</c> numbers a sample → [N, outputs]. A block is twice as wide inside.</remarks>
internal sealed class ResidualTower : Module
{
    private readonly Module _flatten;
    private readonly Module _stem;
    private readonly Module _blocks;
    private readonly Module _norm;
    private readonly Module _head;

    public ResidualTower(long inputs, long width, int depth, long outputs)
    {
        _flatten = Child("flatten", new Flatten());
        _stem = Child("stem", new Linear(inputs, width));
        var blocks = new Sequential();
        for (int k = 0; k < depth; k++)
            blocks.Add(new Block(width));
        _blocks = Child("blocks", blocks);
        _norm = Child("norm", new LayerNorm(width));
        _head = Child("head", new Linear(width, outputs));
    }

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor input) => _head.Call(_norm.Call(_blocks.Call(_stem.Call(_flatten.Call(input)))));

    private sealed class Block : Module
    {
        private readonly Module _norm;
        private readonly Module _fc1;
        private readonly Module _relu;
        private readonly Module _fc2;

        public Block(long width)
        {
            _norm = Child("norm", new LayerNorm(width));
            _fc1 = Child("fc1", new Linear(width, 2 * width));
            _relu = Child("relu", new Relu());
            _fc2 = Child("fc2", new Linear(2 * width, width));
        }

        /// <inheritdoc/>
        protected override Tensor Forward(Tensor input) => input + _fc2.Call(_relu.Call(_fc1.Call(_norm.Call(input))));
    }
}
