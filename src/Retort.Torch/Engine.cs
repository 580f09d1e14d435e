using System.Runtime.InteropServices;
using Retort.Torch.Interop;

namespace Retort.Torch;

/// <summary>Settings of the loaded libtorch as a whole.</summary>
public static unsafe class Engine
{
    /// <summary>How often OpenMP's idle workers look for work before they sleep, where neither <c>OMP_WAIT_POLICY</c> nor
    /// <c>GOMP_SPINCOUNT</c> says so.</summary>
    public const int WorkerSpins = 1000;

    /// <summary>The version of libtorch, as <c>1.13.0</c>.</summary>
    public static string Version => Marshal.PtrToStringUTF8((nint)Native.rt_torch_version())!;

    /// <summary>How many threads an operator called from this thread may use.</summary>
    /// <remarks>OpenMP keeps one pool per calling thread: do a run's arithmetic on one thread.</remarks>
    public static int Threads
    {
        get => Native.rt_threads();
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Native.rt_set_threads(value);
        }
    }

    /// <summary>How many CUDA devices can be used; 0 where libtorch has no CUDA.</summary>
    public static int CudaDevices => Native.rt_cuda_devices();

    /// <summary>Seeds the default generators of all devices.</summary>
    public static void ManualSeed(ulong seed) => Native.Check(Native.rt_manual_seed(seed), "manual_seed");

    /// <summary>Refuses operators that give other bits at each run, where libtorch knows of them.</summary>
    public static void UseDeterministicAlgorithms(bool on) => Native.rt_set_deterministic(on ? 1 : 0);

    /// <summary>Waits until a CUDA device has done all its work; does nothing for the CPU.</summary>
    public static void Synchronize(Device device)
    {
        if (device.Type == DeviceType.Cuda)
            Native.Check(Native.rt_cuda_synchronize(device.Index), "synchronize");
    }

    /// <summary>Runs matrix products and convolutions in a narrow type until the result is disposed.</summary>
    /// <param name="device">The kind of device it concerns.</param>
    /// <param name="dtype">BFloat16, or Float16 on CUDA.</param>
    public static IDisposable Autocast(DeviceType device, DType dtype = DType.BFloat16) => new AutocastGuard(device, dtype);

    private sealed class AutocastGuard : IDisposable
    {
        private readonly DeviceType _device;
        private readonly bool _before;
        private bool _disposed;

        public AutocastGuard(DeviceType device, DType dtype)
        {
            _device = device;
            _before = Native.rt_set_autocast((int)device, 1, (int)dtype) != 0;
        }

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            Native.rt_clear_autocast_cache();
            if (!_before)
                _ = Native.rt_set_autocast((int)_device, 0, 0);
        }
    }
}
