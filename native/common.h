#pragma once
#include "retort.h"
#include <ATen/ATen.h>
#include <c10/util/Exception.h>
#include <new>
#include <string>

namespace retort {

void set_error(std::string message);
// Turns the exception in flight into a code and a message. Call only from a catch block.
int32_t caught() noexcept;

inline at::Tensor borrow(void* handle) {
    return at::Tensor(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim_copy(static_cast<at::TensorImpl*>(handle)));
}
inline at::Tensor borrow_or_undefined(void* handle) { return handle ? borrow(handle) : at::Tensor(); }
inline void* give(at::Tensor&& tensor) { return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr; }
inline void* give(const at::Tensor& tensor) { return give(at::Tensor(tensor)); }
inline at::TensorImpl* impl(void* handle) { return static_cast<at::TensorImpl*>(handle); }

template <typename F>
int32_t guarded(F&& body) noexcept {
    try {
        body();
        return 0;
    } catch (...) {
        return caught();
    }
}

}  // namespace retort
