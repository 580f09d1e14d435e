using System.Runtime.InteropServices;
using System.Text;
using Retort.Torch.Interop;
using Retort.Torch.Nn;

namespace Retort.Torch;

/// <summary>A TorchScript module: loaded from a file, or traced from a module of ours.</summary>
public sealed unsafe class ScriptModule : IDisposable
{
    private const int MostOutputs = 256;
    private nint _handle;

    private ScriptModule(nint handle) => _handle = handle;

    /// <summary>Frees a module that nobody disposed.</summary>
    ~ScriptModule() => Free();

    /// <summary>How many of the tensors that <see cref="Call"/> gives are taps; they come last.</summary>
    public int TapCount { get; private init; }

    /// <summary>Whether it behaves as in training; a file comes as it was saved.</summary>
    public bool IsTraining
    {
        get
        {
            int training = Native.rt_script_is_training(Handle);
            Native.Check(training, "is_training");
            return training != 0;
        }
    }

    private nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(ScriptModule));

    /// <summary>Loads a file that <c>torch.jit.save</c> or <see cref="Save"/> wrote. TorchScript runs no Python.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="TorchException">The file is no TorchScript archive.</exception>
    public static ScriptModule Load(string path)
    {
        if (!File.Exists(path))
            throw new FileNotFoundException($"'{path}' does not exist.", path);
        return new ScriptModule(Native.CheckHandle(Native.rt_script_load(path), $"loading '{path}'"));
    }

    /// <summary>Records what a module does with an example input, with its parameters under their names.</summary>
    /// <remarks>Control flow that depends on values is frozen as it went. The module should be in evaluation mode.</remarks>
    /// <param name="module">Whose forward is recorded, with its parameters and buffers.</param>
    /// <param name="example">An input, [N, …].</param>
    public static ScriptModule Trace(Module module, Tensor example)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Trace(module, inputs => [module.Call(inputs[0])], [example]);
    }

    /// <summary>Records a function of several inputs and outputs that uses a module's parameters.</summary>
    public static ScriptModule Trace(
        Module module, Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward, params IReadOnlyList<Tensor> examples)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(examples);
        using var scope = new TensorScope();
        using GradMode off = Autograd.NoGrad();
        var buffers = new HashSet<Tensor>(module.NamedBuffers().Select(b => b.Value.Value));
        var state = new List<KeyValuePair<string, Tensor>>();
        foreach ((string name, Parameter parameter) in module.NamedParameters())
            state.Add(new(name, parameter.Value));
        foreach ((string name, Nn.Buffer buffer) in module.NamedBuffers())
            state.Add(new(name, buffer.Value));
        GCHandle[] names = [.. state.Select(s => GCHandle.Alloc(Encoding.UTF8.GetBytes(s.Key + "\0"), GCHandleType.Pinned))];
        var job = new TraceJob(forward);
        GCHandle context = GCHandle.Alloc(job);
        try
        {
            nint[] namePointers = Array.ConvertAll(names, n => n.AddrOfPinnedObject());
            nint[] values = [.. state.Select(s => s.Value.Handle)];
            int[] isBuffer = [.. state.Select(s => buffers.Contains(s.Value) ? 1 : 0)];
            nint[] inputs = [.. examples.Select(e => e.Handle)];
            fixed (nint* n = namePointers, v = values, i = inputs)
            fixed (int* b = isBuffer)
            {
                nint traced = Native.rt_script_trace(
                    module.GetType().Name, &RunForward, GCHandle.ToIntPtr(context), i, inputs.Length,
                    (byte**)n, v, b, state.Count);
                if (traced == 0)
                    throw job.Thrown ?? new TorchException("trace", Native.LastError());
                return new ScriptModule(traced);
            }
        }
        finally
        {
            context.Free();
            foreach (GCHandle name in names)
                name.Free();
        }
    }

    /// <summary>Runs the forward; tuples, lists and dictionaries of results are flattened.</summary>
    public Tensor[] Call(params ReadOnlySpan<Tensor> inputs)
    {
        nint* handles = stackalloc nint[inputs.Length];
        for (int k = 0; k < inputs.Length; k++)
            handles[k] = inputs[k].Handle;
        nint* results = stackalloc nint[MostOutputs];
        int count = Native.rt_script_call(Handle, handles, inputs.Length, results, MostOutputs);
        Native.Check(count, "TorchScript forward");
        var outputs = new Tensor[count];
        for (int k = 0; k < count; k++)
            outputs[k] = new Tensor(results[k]);
        return outputs;
    }

    /// <summary>A copy for inference: weights as constants, batch-norms folded into convolutions.</summary>
    /// <param name="onednn">Keep convolutions in oneDNN's blocked layouts; for float32 on the CPU.</param>
    public ScriptModule Freeze(bool onednn = true) =>
        new(Native.CheckHandle(Native.rt_script_freeze(Handle, onednn ? 1 : 0), "freeze")) { TapCount = TapCount };

    /// <summary>A module of the same weights that gives tensors from inside it too, after its own outputs.</summary>
    /// <remarks>
    /// A sub-module can be tapped where the file still calls it: not in one that was frozen, or that was traced flat (as
    /// <see cref="Trace(Module, Tensor)"/> does), nor inside an if or a loop of a scripted forward. One that runs several
    /// times gives what its last run gave.
    /// </remarks>
    /// <param name="outputs">Dotted paths of sub-modules whose output is wanted.</param>
    /// <param name="inputs">
    /// Dotted paths of sub-modules whose first input is wanted; their tensors come after the outputs.
    /// </param>
    /// <exception cref="ArgumentException">A path cannot be tapped; the message says why.</exception>
    public ScriptModule WithTaps(IReadOnlyList<string> outputs, IReadOnlyList<string>? inputs = null)
    {
        ArgumentNullException.ThrowIfNull(outputs);
        string[] paths = [.. outputs, .. inputs ?? []];
        HashSet<string> known = [.. ModulePaths()];
        if (paths.FirstOrDefault(p => !known.Contains(p)) is { } unknown)
        {
            string there = known.Count == 0 ? "none" : string.Join(", ", known.Take(20));
            throw new ArgumentException($"the script has no sub-module '{unknown}'; it has {there}.", nameof(outputs));
        }

        int[] isInput = [.. paths.Select((_, k) => k < outputs.Count ? 0 : 1)];
        GCHandle[] pins = Array.ConvertAll(paths, p => GCHandle.Alloc(Encoding.UTF8.GetBytes(p + "\0"), GCHandleType.Pinned));
        try
        {
            nint[] pointers = Array.ConvertAll(pins, p => p.AddrOfPinnedObject());
            fixed (nint* first = pointers)
            fixed (int* flags = isInput)
            {
                nint tapped = Native.rt_script_with_taps(Handle, (byte**)first, flags, paths.Length);
                return tapped != 0
                    ? new ScriptModule(tapped) { TapCount = paths.Length }
                    : throw new ArgumentException(Native.LastError(), nameof(outputs));
            }
        }
        finally
        {
            foreach (GCHandle pin in pins)
                pin.Free();
        }
    }

    /// <summary>Dotted paths of the sub-modules; none in a file that was frozen.</summary>
    public IReadOnlyList<string> ModulePaths()
    {
        var paths = new List<string>();
        GCHandle context = GCHandle.Alloc(paths);
        try
        {
            Native.Check(Native.rt_script_modules(Handle, &VisitModule, GCHandle.ToIntPtr(context)), "modules");
        }
        finally
        {
            context.Free();
        }

        return paths;
    }

    /// <summary>Puts a tensor in the place of a parameter or buffer.</summary>
    /// <exception cref="TorchException">
    /// There is none of that dotted name, or the script does not allow this type there.
    /// </exception>
    public void Set(string name, Tensor value)
    {
        ArgumentNullException.ThrowIfNull(value);
        Native.Check(Native.rt_script_set(Handle, name, value.Handle), $"setting '{name}'");
        GC.KeepAlive(value);
    }

    /// <summary>Moves parameters and buffers to a device.</summary>
    public void To(Device device) => Native.Check(Native.rt_script_to(Handle, (int)device.Type, device.Index), "to");

    /// <summary>Sets training or evaluation behaviour of a loaded module.</summary>
    public void Train(bool on) => Native.Check(Native.rt_script_train(Handle, on ? 1 : 0), "train");

    /// <summary>Writes a file that <c>torch.jit.load</c> reads; to a temporary name first.</summary>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string temporary = path + ".partial";
        Native.Check(Native.rt_script_save(Handle, temporary), $"saving '{path}'");
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Parameters and buffers under their dotted names.</summary>
    public IReadOnlyDictionary<string, Tensor> StateDict()
    {
        var state = new OrderedDictionary<string, Tensor>();
        foreach ((string name, Tensor value, _) in NamedState())
            state[name] = value;
        return state;
    }

    /// <summary>Parameters and buffers, each with whether it is a buffer.</summary>
    internal List<(string Name, Tensor Value, bool IsBuffer)> NamedState()
    {
        var state = new List<(string Name, Tensor Value, bool IsBuffer)>();
        GCHandle context = GCHandle.Alloc(state);
        try
        {
            Native.Check(Native.rt_script_state(Handle, &Visit, GCHandle.ToIntPtr(context)), "state");
        }
        finally
        {
            context.Free();
        }

        return state;
    }

    /// <summary>The forward as one flat graph with its weights; see <see cref="TracedGraph"/>.</summary>
    public TracedGraph Graph()
    {
        nint* weights, constants;
        int weightCount, constantCount;
        byte* text = Native.rt_script_graph(Handle, &weights, &weightCount, &constants, &constantCount);
        if (text == null)
            throw new TorchException("graph", Native.LastError());
        Tensor[] TakeAll(nint* handles, int count)
        {
            var tensors = new Tensor[count];
            for (int k = 0; k < count; k++)
                tensors[k] = new Tensor(handles[k]);
            Native.rt_free_memory(handles);
            return tensors;
        }

        return TracedGraph.Parse(Native.TakeText(text), TakeAll(weights, weightCount), TakeAll(constants, constantCount));
    }

    /// <summary>Frees the module. Safe to call twice.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        nint handle = Interlocked.Exchange(ref _handle, 0);
        if (handle != 0)
            Native.rt_script_free(handle);
    }

    [UnmanagedCallersOnly]
    private static int RunForward(nint context, nint* inputs, int count, nint* results, int* outputs)
    {
        var job = (TraceJob)GCHandle.FromIntPtr(context).Target!;
        try
        {
            using var scope = new TensorScope();
            var tensors = new Tensor[count];
            for (int k = 0; k < count; k++)
                tensors[k] = new Tensor(inputs[k]);
            IReadOnlyList<Tensor> computed = job.Forward(tensors);
            if (computed.Count > *outputs)
                throw new InvalidOperationException($"a traced forward may give {*outputs} outputs, not {computed.Count}.");
            for (int k = 0; k < computed.Count; k++)
                results[k] = Native.rt_tensor_share(computed[k].Handle);
            *outputs = computed.Count;
            return 0;
        }
#pragma warning disable CA1031 // the exception is rethrown on the managed side of the native call
        catch (Exception e)
#pragma warning restore CA1031
        {
            job.Thrown = e;
            return 1;
        }
    }

    [UnmanagedCallersOnly]
    private static void Visit(nint context, byte* name, nint tensor, int isBuffer)
    {
        var state = (List<(string Name, Tensor Value, bool IsBuffer)>)GCHandle.FromIntPtr(context).Target!;
        state.Add((Marshal.PtrToStringUTF8((nint)name)!, new Tensor(tensor), isBuffer != 0));
    }

    [UnmanagedCallersOnly]
    private static void VisitModule(nint context, byte* path) =>
        ((List<string>)GCHandle.FromIntPtr(context).Target!).Add(Marshal.PtrToStringUTF8((nint)path)!);

    private sealed class TraceJob(Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> forward)
    {
        public Func<IReadOnlyList<Tensor>, IReadOnlyList<Tensor>> Forward { get; } = forward;

        public Exception? Thrown { get; set; }
    }
}
