// Generators, threads, autocast, devices.
#include "common.h"
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <torch/cuda.h>
#include <torch/version.h>

using namespace retort;

RT_API int32_t rt_manual_seed(uint64_t seed) { return guarded([&] { at::manual_seed(seed); }); }

RT_API void* rt_generator_new(uint64_t seed) {
    try {
        return new at::Generator(at::detail::createCPUGenerator(seed));
    } catch (...) {
        caught();
        return nullptr;
    }
}
RT_API void* rt_generator_default(int32_t device_type, int32_t device_index) {
    try {
        return new at::Generator(at::globalContext().defaultGenerator(
            c10::Device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index))));
    } catch (...) {
        caught();
        return nullptr;
    }
}
RT_API void rt_generator_free(void* g) { delete static_cast<at::Generator*>(g); }
RT_API int32_t rt_generator_seed(void* g, uint64_t seed) {
    return guarded([&] {
        auto& generator = *static_cast<at::Generator*>(g);
        std::lock_guard<std::mutex> lock(generator.mutex());
        generator.set_current_seed(seed);
    });
}
RT_API void* rt_generator_state(void* g) {
    try {
        return give(static_cast<at::Generator*>(g)->get_state());
    } catch (...) {
        caught();
        return nullptr;
    }
}
RT_API int32_t rt_generator_set_state(void* g, void* state) {
    return guarded([&] { static_cast<at::Generator*>(g)->set_state(borrow(state)); });
}

RT_API void rt_set_threads(int32_t count) { at::set_num_threads(count); }
RT_API int32_t rt_threads() { return at::get_num_threads(); }
RT_API void rt_set_deterministic(int32_t on) { at::globalContext().setDeterministicAlgorithms(on != 0, /*warn_only=*/false); }

RT_API int32_t rt_cuda_devices() {
    try {
        return static_cast<int32_t>(torch::cuda::device_count());
    } catch (...) {
        return 0;
    }
}
RT_API int32_t rt_cuda_synchronize(int32_t index) { return guarded([&] { torch::cuda::synchronize(index); }); }

// Autocast of one device type (0 CPU, 1 CUDA). Returns whether it was on before.
RT_API int32_t rt_set_autocast(int32_t device_type, int32_t on, int32_t dtype) {
    auto scalar = static_cast<at::ScalarType>(dtype);
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    auto device = static_cast<c10::DeviceType>(device_type);
    bool before = at::autocast::is_autocast_enabled(device);
    at::autocast::set_autocast_enabled(device, on != 0);
    if (on) at::autocast::set_autocast_dtype(device, scalar);
#else
    bool before = device_type == 0 ? at::autocast::is_cpu_enabled() : at::autocast::is_enabled();
    if (device_type == 0) {
        at::autocast::set_cpu_enabled(on != 0);
        if (on) at::autocast::set_autocast_cpu_dtype(scalar);
    } else {
        at::autocast::set_enabled(on != 0);
        if (on) at::autocast::set_autocast_gpu_dtype(scalar);
    }
#endif
    return before;
}
RT_API void rt_clear_autocast_cache() { at::autocast::clear_cache(); }
