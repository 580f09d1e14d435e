using Retort.Data;
using Retort.Runs;
using Retort.Torch;
using Retort.Torch.Nn;

namespace Retort.Evaluation;

/// <summary>What a recipe may write under <c>task:</c>: what is asked of a model, and so how it is measured.</summary>
/// <remarks>A data set names its task (<see cref="DatasetOptions.Task"/>), so recipes seldom have to.</remarks>
[Kind("task")]
public abstract record EvaluationTask
{
    /// <summary>Whether the output is [N, K] with a column for each class of the data.</summary>
    public virtual bool IsClassification => false;

    /// <summary>Names of further trained networks that measuring takes, or none.</summary>
    public virtual IEnumerable<string> Reads => [];

    /// <summary>Reports what is wrong with the options, given the rest of the recipe; nothing has been run yet.</summary>
    public virtual void Check(RecipePlan plan)
    {
    }

    /// <summary>Measures a model on a split; the first figure is the one that comparisons are about.</summary>
    /// <param name="model">Put into evaluation mode, and left in it.</param>
    /// <param name="loader">The split's batches.</param>
    /// <param name="device">Where the model is.</param>
    public abstract IReadOnlyList<KeyValuePair<string, double>> Evaluate(Module model, Loader loader, Device device);

    /// <summary>The same within a run, with what a task may use of it.</summary>
    /// <param name="model">Put into evaluation mode, and left in it.</param>
    /// <param name="loader">The split's batches.</param>
    /// <param name="device">Where the model is.</param>
    /// <param name="around">The run's other networks, and a place for pictures.</param>
    public virtual IReadOnlyList<KeyValuePair<string, double>> Evaluate(
        Module model, Loader loader, Device device, EvaluationSurroundings around) => Evaluate(model, loader, device);

    /// <summary>Calls something with each batch of a loader and what the model makes of it, each in a scope of its own, without
    /// gradients.</summary>
    protected static void ForEach(Module model, Loader loader, Device device, Action<Batch, Tensor> see) =>
        ForEach(model, loader, device, batch => batch.Input, see);

    /// <summary>The same for models that are fed something else than the batch's input.</summary>
    protected static void ForEach(
        Module model, Loader loader, Device device, Func<Batch, Tensor> feed, Action<Batch, Tensor> see)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(loader);
        ArgumentNullException.ThrowIfNull(feed);
        ArgumentNullException.ThrowIfNull(see);
        model.Eval();
        using GradMode off = Autograd.NoGrad();
        using IEnumerator<Batch> batches = loader.Epoch(0).GetEnumerator();
        while (true)
        {
            using var scope = new TensorScope();
            if (!batches.MoveNext())
                return;
            Batch batch = batches.Current.To(device);
            see(batch, model.Call(feed(batch)));
        }
    }

    /// <summary>A whole split at once, for figures that compare its samples with each other.</summary>
    /// <param name="loader">The split's batches, at least one.</param>
    /// <returns>Inputs [N, …] and labels [N, …].</returns>
    protected static (Tensor Inputs, Tensor Labels) ReadAll(Loader loader)
    {
        ArgumentNullException.ThrowIfNull(loader);
        Batch[] batches = [.. loader.Epoch(0)];
        return (Ops.Cat([.. batches.Select(b => b.Input)], 0), Ops.Cat([.. batches.Select(b => b.Labels)], 0));
    }
}
