using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Retort.Torch.Interop;

/// <summary>The functions of native/ (see native/retort.h for what they promise).</summary>
internal static unsafe partial class Native
{
    private const string Library = "retort";

    // libgomp reads its environment when it is loaded, so this has to run before the first call.
#pragma warning disable CA2255 // a resolver has to be in place before whichever call comes first
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(Native).Assembly, NativeLocator.Resolve);

    [LibraryImport(Library)]
    internal static partial byte* rt_last_error();

    [LibraryImport(Library)]
    internal static partial int rt_last_error_code();

    [LibraryImport(Library)]
    internal static partial void rt_cpu_memory(long* used, long* kept, long* mostUsed);

    [LibraryImport(Library)]
    internal static partial byte* rt_torch_version();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rt_find_operator(string name, string overload);

    [LibraryImport(Library)]
    internal static partial byte* rt_operator_schema(nint op);

    [LibraryImport(Library)]
    internal static partial byte* rt_operator_names();

    [LibraryImport(Library)]
    internal static partial void rt_free_memory(void* memory);

    [LibraryImport(Library)]
    internal static partial void rt_object_free(nint value);

    [LibraryImport(Library)]
    internal static partial int rt_call(nint op, NativeValue* arguments, int count, NativeValue* results, int capacity);

    [LibraryImport(Library)]
    internal static partial void rt_tensor_free(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long rt_tensor_dim(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial long rt_tensor_numel(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial void rt_tensor_sizes(nint tensor, long* sizes);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial void rt_tensor_strides(nint tensor, long* strides);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int rt_tensor_dtype(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int rt_tensor_device_type(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int rt_tensor_device_index(nint tensor);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int rt_tensor_is_contiguous(nint tensor);

    [LibraryImport(Library)]
    internal static partial int rt_tensor_requires_grad(nint tensor);

    [LibraryImport(Library)]
    internal static partial int rt_tensor_is_leaf(nint tensor);

    [LibraryImport(Library)]
    internal static partial int rt_tensor_set_requires_grad(nint tensor, int on);

    [LibraryImport(Library)]
    internal static partial nint rt_tensor_grad(nint tensor);

    [LibraryImport(Library)]
    internal static partial int rt_tensor_set_grad(nint tensor, nint grad);

    [LibraryImport(Library)]
    internal static partial void* rt_tensor_data(nint tensor);

    [LibraryImport(Library)]
    internal static partial nint rt_tensor_empty(int dtype, long* sizes, long dims);

    [LibraryImport(Library)]
    internal static partial nint rt_tensor_wrap(
        void* data, int dtype, long* sizes, long dims, delegate* unmanaged<nint, void> release, nint context);

    [LibraryImport(Library)]
    internal static partial nint rt_tensor_share(nint tensor);

    [LibraryImport(Library)]
    internal static partial nint rt_tensor_from_native(nint atTensor);

    [LibraryImport(Library)]
    internal static partial nint rt_tensor_to_native(nint tensor);

    [LibraryImport(Library)]
    internal static partial long rt_tensor_item(nint tensor, double* asDouble, long* asInt);

    [LibraryImport(Library)]
    internal static partial int rt_backward(nint* outputs, nint* gradients, int count, int retainGraph, int createGraph);

    [LibraryImport(Library)]
    internal static partial int rt_grad(
        nint* outputs, nint* gradients, int outputCount, nint* inputs, int inputCount,
        int retainGraph, int createGraph, int allowUnused, nint* results);

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial int rt_grad_enabled();

    [LibraryImport(Library), SuppressGCTransition]
    internal static partial void rt_set_grad_enabled(int on);

    [LibraryImport(Library)]
    internal static partial nint rt_inference_begin(int on);

    [LibraryImport(Library)]
    internal static partial void rt_inference_end(nint guard);

    [LibraryImport(Library)]
    internal static partial int rt_inference_enabled();

    [LibraryImport(Library)]
    internal static partial long rt_forward_level_enter();

    [LibraryImport(Library)]
    internal static partial void rt_forward_level_exit(long level);

    [LibraryImport(Library)]
    internal static partial long rt_hook_add(
        nint tensor,
        delegate* unmanaged<nint, nint*, int, nint*, int, int> call,
        delegate* unmanaged<nint, void> release,
        nint context);

    [LibraryImport(Library)]
    internal static partial int rt_hook_remove(nint tensor, long id);

    [LibraryImport(Library)]
    internal static partial int rt_attach_backward(
        nint* inputs, int inputCount, nint* outputs, int outputCount,
        delegate* unmanaged<nint, nint*, int, nint*, int, int> call, delegate* unmanaged<nint, void> release, nint context);

    [LibraryImport(Library)]
    internal static partial int rt_manual_seed(ulong seed);

    [LibraryImport(Library)]
    internal static partial nint rt_generator_new(ulong seed);

    [LibraryImport(Library)]
    internal static partial nint rt_generator_default(int deviceType, int deviceIndex);

    [LibraryImport(Library)]
    internal static partial void rt_generator_free(nint generator);

    [LibraryImport(Library)]
    internal static partial int rt_generator_seed(nint generator, ulong seed);

    [LibraryImport(Library)]
    internal static partial nint rt_generator_state(nint generator);

    [LibraryImport(Library)]
    internal static partial int rt_generator_set_state(nint generator, nint state);

    [LibraryImport(Library)]
    internal static partial void rt_set_threads(int count);

    [LibraryImport(Library)]
    internal static partial int rt_threads();

    [LibraryImport(Library)]
    internal static partial void rt_set_deterministic(int on);

    [LibraryImport(Library)]
    internal static partial int rt_cuda_devices();

    [LibraryImport(Library)]
    internal static partial int rt_cuda_synchronize(int index);

    [LibraryImport(Library)]
    internal static partial int rt_set_autocast(int deviceType, int on, int dtype);

    [LibraryImport(Library)]
    internal static partial void rt_clear_autocast_cache();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rt_script_load(string path);

    [LibraryImport(Library)]
    internal static partial void rt_script_free(nint module);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rt_script_save(nint module, string path);

    [LibraryImport(Library)]
    internal static partial int rt_script_train(nint module, int on);

    [LibraryImport(Library)]
    internal static partial int rt_script_call(nint module, nint* inputs, int count, nint* results, int capacity);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rt_script_trace(
        string typeName, delegate* unmanaged<nint, nint*, int, nint*, int*, int> forward, nint context,
        nint* inputs, int inputCount, byte** names, nint* values, int* isBuffer, int valueCount);

    [LibraryImport(Library)]
    internal static partial nint rt_script_freeze(nint module, int onednn);

    [LibraryImport(Library)]
    internal static partial int rt_script_state(
        nint module, delegate* unmanaged<nint, byte*, nint, int, void> visit, nint context);

    [LibraryImport(Library)]
    internal static partial byte* rt_script_graph(
        nint module, nint** weights, int* weightCount, nint** constants, int* constantCount);

    [LibraryImport(Library)]
    internal static partial nint rt_script_with_taps(nint module, byte** paths, int* inputs, int count);

    [LibraryImport(Library)]
    internal static partial int rt_script_modules(nint module, delegate* unmanaged<nint, byte*, void> visit, nint context);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int rt_script_set(nint module, string name, nint tensor);

    [LibraryImport(Library)]
    internal static partial int rt_script_to(nint module, int deviceType, int deviceIndex);

    [LibraryImport(Library)]
    internal static partial int rt_script_is_training(nint module);

    [LibraryImport(Library)]
    internal static partial int rt_group_available();

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rt_store_new(string host, int port, int serve, long timeoutMs);

    [LibraryImport(Library)]
    internal static partial int rt_store_port(nint store);

    [LibraryImport(Library)]
    internal static partial void rt_store_free(nint store);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint rt_group_new(nint store, int rank, int size, string address, long timeoutMs);

    [LibraryImport(Library)]
    internal static partial void rt_group_free(nint group);

    [LibraryImport(Library)]
    internal static partial int rt_group_all_reduce(nint group, nint tensor, int operation);

    [LibraryImport(Library)]
    internal static partial int rt_group_broadcast(nint group, nint tensor, int root);

    [LibraryImport(Library)]
    internal static partial int rt_group_all_gather(nint group, nint tensor, nint* results);

    [LibraryImport(Library)]
    internal static partial int rt_group_barrier(nint group);

    /// <summary>The message of the last failure on this thread.</summary>
    internal static string LastError() => Marshal.PtrToStringUTF8((nint)rt_last_error()) ?? string.Empty;

    /// <summary>Text that the native side allocated; frees it.</summary>
    internal static string TakeText(byte* text)
    {
        string result = Marshal.PtrToStringUTF8((nint)text) ?? string.Empty;
        rt_free_memory(text);
        return result;
    }

    /// <summary>Throws where <paramref name="code"/> is negative.</summary>
    internal static void Check(long code, string function)
    {
        if (code < 0)
            throw new TorchException(function, LastError(), kind: (TorchErrorKind)code);
    }

    /// <summary>Throws where <paramref name="handle"/> is null.</summary>
    internal static nint CheckHandle(nint handle, string function) =>
        handle != 0 ? handle : throw new TorchException(function, LastError(), kind: (TorchErrorKind)rt_last_error_code());
}
