using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>Derivatives beyond <see cref="Tensor.Backward"/>: gradients as values, modes, hooks, custom gradients,
/// duals.</summary>
public static unsafe class Autograd
{
    /// <summary>Whether operations are recorded on this thread.</summary>
    public static bool IsRecording => Native.rt_grad_enabled() != 0;

    /// <summary>Stops recording until the result is disposed.</summary>
    public static GradMode NoGrad() => new(false);

    /// <summary>Records again, inside <see cref="NoGrad"/>, until the result is disposed.</summary>
    public static GradMode EnableGrad() => new(true);

    /// <summary>Stops recording and version counting until the result is disposed; its tensors can never join a graph.</summary>
    public static InferenceGuard InferenceMode() => new();

    /// <summary>Adds the gradients of several tensors to the <see cref="Tensor.Grad"/> of their leaves.</summary>
    /// <param name="outputs">Where to begin.</param>
    /// <param name="gradients">The gradient with which each begins; null for a scalar's 1.</param>
    /// <param name="retainGraph">Keep the graph for another backward.</param>
    /// <param name="createGraph">Record the backward itself.</param>
    public static void Backward(
        ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor?> gradients, bool retainGraph = false, bool createGraph = false)
    {
        if (gradients.Length != outputs.Length)
            throw new ArgumentException($"{outputs.Length} outputs have {gradients.Length} gradients.", nameof(gradients));
        nint* outs = stackalloc nint[outputs.Length];
        nint* grads = stackalloc nint[outputs.Length];
        Unpack(outputs, outs);
        Unpack(gradients, grads);
        int code = Native.rt_backward(outs, grads, outputs.Length, retainGraph || createGraph ? 1 : 0, createGraph ? 1 : 0);
        if (code < 0)
            ManagedCallbacks.Throw(code, "backward");
    }

    /// <summary>The gradients of <paramref name="outputs"/> in <paramref name="inputs"/>, without touching any
    /// <see cref="Tensor.Grad"/>.</summary>
    /// <param name="outputs">Scalars, or tensors with a gradient each in <paramref name="gradients"/>.</param>
    /// <param name="inputs">Tensors that the outputs depend on.</param>
    /// <param name="gradients">The gradient with which each output begins; empty for scalars.</param>
    /// <param name="retainGraph">Keep the graph for another call.</param>
    /// <param name="createGraph">Record the computation, for derivatives of higher order.</param>
    /// <param name="allowUnused">Give null for an input that no output depends on, where it is an error otherwise.</param>
    public static Tensor?[] Grad(
        ReadOnlySpan<Tensor> outputs, ReadOnlySpan<Tensor> inputs, ReadOnlySpan<Tensor?> gradients = default,
        bool retainGraph = false, bool createGraph = false, bool allowUnused = false)
    {
        if (gradients.Length != 0 && gradients.Length != outputs.Length)
            throw new ArgumentException($"{outputs.Length} outputs have {gradients.Length} gradients.", nameof(gradients));
        var outs = new nint[outputs.Length];
        var grads = new nint[outputs.Length];
        var ins = new nint[inputs.Length];
        var results = new nint[inputs.Length];
        fixed (nint* o = outs, g = grads, i = ins, r = results)
        {
            Unpack(outputs, o);
            Unpack(gradients, g);
            Unpack(inputs, i);
            int code = Native.rt_grad(
                o, g, outs.Length, i, ins.Length,
                retainGraph || createGraph ? 1 : 0, createGraph ? 1 : 0, allowUnused ? 1 : 0, r);
            if (code < 0)
                ManagedCallbacks.Throw(code, "grad");
        }

        return Array.ConvertAll(results, handle => handle == 0 ? null : new Tensor(handle));
    }

    /// <summary>The gradients of a scalar in <paramref name="inputs"/>, all of which it must depend on.</summary>
    public static Tensor[] Grad(Tensor output, ReadOnlySpan<Tensor> inputs, bool retainGraph = false, bool createGraph = false) =>
        Array.ConvertAll(Grad([output], inputs, default, retainGraph, createGraph), gradient => gradient!);

    /// <summary>Runs a function on the gradient of a tensor each time that backward computes it.</summary>
    /// <param name="tensor">A tensor that requires a gradient.</param>
    /// <param name="hook">Gets the gradient; returns its replacement, or null to leave it.</param>
    /// <returns>Removes the hook when disposed.</returns>
    public static IDisposable OnGradient(Tensor tensor, Func<Tensor, Tensor?> hook)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        ArgumentNullException.ThrowIfNull(hook);
        nint context = ManagedCallbacks.Hold((gradients, _) => [hook(gradients[0]!)]);
        long id = Native.rt_hook_add(tensor.Handle, ManagedCallbacks.Backward, ManagedCallbacks.Release, context);
        Native.Check(id, "register_hook");
        return new HookRemoval(tensor.Share().Persist(), id);
    }

    /// <summary>Computes <paramref name="forward"/> without recording it and gives the result a gradient
    /// of the caller's own.</summary>
    /// <param name="inputs">What the result depends on.</param>
    /// <param name="forward">Computes the outputs; runs once, unrecorded.</param>
    /// <param name="backward">
    /// Gets the gradients of the outputs (null where none came) and how many inputs there are; returns a gradient for each
    /// input, or null. Under createGraph it is recorded like any other computation.
    /// </param>
    public static Tensor[] Custom(
        IReadOnlyList<Tensor> inputs, Func<Tensor[]> forward, Func<IReadOnlyList<Tensor?>, int, IReadOnlyList<Tensor?>> backward)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(backward);
        Tensor[] outputs;
        using (NoGrad())
            outputs = forward();
        if (!IsRecording || !inputs.Any(i => i.RequiresGrad))
            return outputs;

        // An output that is an input (or a view of one) must not get a second history.
        outputs = Array.ConvertAll(outputs, o => o.Detach());
        nint* ins = stackalloc nint[inputs.Count];
        nint* outs = stackalloc nint[outputs.Length];
        for (int k = 0; k < inputs.Count; k++)
            ins[k] = inputs[k].Handle;
        for (int k = 0; k < outputs.Length; k++)
            outs[k] = outputs[k].Handle;
        nint context = ManagedCallbacks.Hold(backward);
        Native.Check(
            Native.rt_attach_backward(
                ins, inputs.Count, outs, outputs.Length, ManagedCallbacks.Backward, ManagedCallbacks.Release, context),
            "attach_backward");
        return outputs;
    }

    /// <summary>Runs a block without keeping its activations; backward runs it again.</summary>
    /// <remarks>Randomness inside the block is replayed from the default CPU generator's state.</remarks>
    /// <param name="block">A pure function of its inputs and of parameters.</param>
    /// <param name="inputs">Tensors that the block gets; at least one must require a gradient for parameters
    /// to get theirs.</param>
    public static Tensor Checkpoint(Func<IReadOnlyList<Tensor>, Tensor> block, params IReadOnlyList<Tensor> inputs)
    {
        ArgumentNullException.ThrowIfNull(block);
        ArgumentNullException.ThrowIfNull(inputs);
        byte[] before = Generator.Default.State;
        Tensor[] held = [.. inputs.Select(i => i.Share().Persist())];
        return Custom(inputs, () => [block(inputs)], (gradients, _) =>
        {
            using var scope = new TensorScope();
            byte[] now = Generator.Default.State;
            Generator.Default.State = before;
            Tensor[] again = [.. held.Select(h => h.RequiresGrad ? h.Detach().SetRequiresGrad() : h.Detach())];
            Tensor output;
            using (EnableGrad())
                output = block(again);
            Generator.Default.State = now;
            Backward([output], [gradients[0]]);
            Tensor?[] results = [.. again.Select(a => a.RequiresGrad ? a.Grad : null)];
            foreach (Tensor? result in results)
            {
                if (result is not null)
                    scope.Keep(result);
            }

            return results;
        })[0];
    }

    /// <summary>Opens a level of forward-mode differentiation; duals made inside it die with it.</summary>
    public static ForwardLevel Forward() => new();

    private static void Unpack(ReadOnlySpan<Tensor?> tensors, nint* handles)
    {
        for (int k = 0; k < tensors.Length; k++)
            handles[k] = tensors[k]?.Handle ?? 0;
    }

    private sealed class HookRemoval(Tensor tensor, long id) : IDisposable
    {
        public void Dispose()
        {
            if (tensor.IsDisposed)
                return;
            Native.Check(Native.rt_hook_remove(tensor.Handle, id), "remove_hook");
            tensor.Dispose();
        }
    }
}
