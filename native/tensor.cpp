// Handles, metadata and bytes.
#include "common.h"
#include <c10/core/CPUAllocator.h>
#include <cstring>

using namespace retort;

RT_API void rt_tensor_free(void* t) { c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(impl(t)); }
RT_API int64_t rt_tensor_dim(void* t) { return impl(t)->dim(); }
RT_API int64_t rt_tensor_numel(void* t) { return impl(t)->numel(); }
RT_API void rt_tensor_sizes(void* t, int64_t* sizes) {
    auto s = impl(t)->sizes();
    std::memcpy(sizes, s.data(), s.size() * sizeof(int64_t));
}
RT_API void rt_tensor_strides(void* t, int64_t* strides) {
    auto s = impl(t)->strides();
    std::memcpy(strides, s.data(), s.size() * sizeof(int64_t));
}
RT_API int32_t rt_tensor_dtype(void* t) { return static_cast<int32_t>(c10::typeMetaToScalarType(impl(t)->dtype())); }
RT_API int32_t rt_tensor_device_type(void* t) { return static_cast<int32_t>(impl(t)->device().type()); }
RT_API int32_t rt_tensor_device_index(void* t) { return impl(t)->device().index(); }
RT_API int32_t rt_tensor_is_contiguous(void* t) { return impl(t)->is_contiguous(); }
RT_API int32_t rt_tensor_requires_grad(void* t) { return borrow(t).requires_grad(); }
RT_API int32_t rt_tensor_is_leaf(void* t) { return borrow(t).is_leaf(); }
RT_API int32_t rt_tensor_set_requires_grad(void* t, int32_t on) { return guarded([&] { borrow(t).set_requires_grad(on != 0); }); }
RT_API void* rt_tensor_grad(void* t) { return give(borrow(t).grad()); }
RT_API int32_t rt_tensor_set_grad(void* t, void* grad) { return guarded([&] { borrow(t).mutable_grad() = borrow_or_undefined(grad); }); }

// The first byte of a CPU tensor's data; null for one elsewhere.
RT_API void* rt_tensor_data(void* t) {
    auto tensor = borrow(t);
    return tensor.device().is_cpu() && tensor.layout() == c10::kStrided ? tensor.data_ptr() : nullptr;
}

RT_API void* rt_tensor_empty(int32_t dtype, const int64_t* sizes, int64_t dims) {
    try {
        return give(at::empty(at::IntArrayRef(sizes, dims), at::TensorOptions(static_cast<at::ScalarType>(dtype))));
    } catch (...) {
        caught();
        return nullptr;
    }
}

// A tensor over memory of the caller's (a mapped file); `release` runs when the last view of it is gone.
RT_API void* rt_tensor_wrap(void* data, int32_t dtype, const int64_t* sizes, int64_t dims, RtRelease release, void* context) {
    try {
        return give(at::from_blob(data, at::IntArrayRef(sizes, dims), [release, context](void*) { release(context); },
                                  at::TensorOptions(static_cast<at::ScalarType>(dtype))));
    } catch (...) {
        caught();
        return nullptr;
    }
}

// Another handle on the same tensor.
RT_API void* rt_tensor_share(void* t) { return give(borrow(t)); }

// To and from the at::Tensor* that other .NET bindings of libtorch hold; the caller owns what it gets.
RT_API void* rt_tensor_from_native(void* at_tensor) { return give(*static_cast<at::Tensor*>(at_tensor)); }
RT_API void* rt_tensor_to_native(void* t) { return new at::Tensor(borrow(t)); }

RT_API int64_t rt_tensor_item(void* t, double* as_double, int64_t* as_int) {
    return guarded([&] {
        auto s = borrow(t).item();
        if (s.isFloatingPoint()) { *as_double = s.toDouble(); *as_int = 0; }
        else { *as_int = s.isBoolean() ? s.toBool() : s.toLong(); *as_double = static_cast<double>(*as_int); }
    });
}
