// The C ABI between Retort.Torch and libtorch. Everything that computes goes through rt_call; the rest is what the
// dispatcher does not have: handles, autograd's entry points, generators, modes, TorchScript.
//
// A tensor handle is a TensorImpl* that owns one reference. Functions that can fail return a negative code (see
// RtError) and leave a message for rt_last_error; no exception leaves this library.
#pragma once
#include <cstdint>

#define RT_API extern "C" __attribute__((visibility("default")))

enum RtError : int32_t { RT_FAILED = -1, RT_INDEX = -2, RT_VALUE = -3, RT_NOT_IMPLEMENTED = -4, RT_OUT_OF_MEMORY = -5, RT_LINALG = -6 };

enum RtTag : int32_t {
    RT_NONE = 0, RT_TENSOR = 1, RT_INT = 2, RT_DOUBLE = 3, RT_BOOL = 4, RT_INT_LIST = 5, RT_TENSOR_LIST = 6, RT_STRING = 7,
    RT_DOUBLE_LIST = 8, RT_BOOL_LIST = 9, RT_DEVICE = 10, RT_GENERATOR = 11, RT_DEFAULT = 12,
    RT_OBJECT = 13   // an IValue of a custom class, such as packed weights; freed with rt_object_free
};

// One argument or result. Lists are `len` elements at `p`; a null element of a tensor list is None.
struct RtValue {
    int32_t tag;
    int32_t reserved;
    union { int64_t i; double d; void* p; };
    int64_t len;
};

// Called by autograd with `count` gradients; writes `outputs` gradients (owned, or null) and returns 0, or non-zero to fail.
using RtBackward = int32_t (*)(void* context, void** gradients, int32_t count, void** results, int32_t outputs);
// Runs a forward under the tracer: owned inputs in, owned outputs out.
using RtForward = int32_t (*)(void* context, void** inputs, int32_t count, void** results, int32_t* outputs);
using RtRelease = void (*)(void* context);
