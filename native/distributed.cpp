// c10d over Gloo: collectives between processes on CPUs. Built where Gloo's headers are (Debian: libgloo-dev).
#include "common.h"

using namespace retort;

#ifdef RETORT_GLOO

#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

namespace {

using Store = c10::intrusive_ptr<c10d::Store>;
using Group = c10::intrusive_ptr<c10d::ProcessGroupGloo>;

Group& group(void* g) { return *static_cast<Group*>(g); }

at::Tensor dense(void* handle) {
    auto tensor = borrow(handle);
    TORCH_CHECK(tensor.device().is_cpu() && tensor.is_contiguous(), "a collective needs a contiguous tensor on the CPU");
    // Autograd must not see that others write into a leaf.
    return tensor.detach();
}

}  // namespace

RT_API int32_t rt_group_available() { return 1; }

// A store that this process serves (`serve`; port 0 takes a free one) or connects to.
RT_API void* rt_store_new(const char* host, int32_t port, int32_t serve, int64_t timeout_ms) {
    try {
        c10d::TCPStoreOptions options;
        options.port = static_cast<uint16_t>(port);
        options.isServer = serve != 0;
        options.waitWorkers = false;
        options.timeout = std::chrono::milliseconds(timeout_ms);
        return new Store(c10::make_intrusive<c10d::TCPStore>(host, options));
    } catch (...) {
        caught();
        return nullptr;
    }
}
RT_API int32_t rt_store_port(void* s) { return static_cast<c10d::TCPStore*>(static_cast<Store*>(s)->get())->getPort(); }
RT_API void rt_store_free(void* s) { delete static_cast<Store*>(s); }

// `address` is the one of this machine at which the others reach it.
RT_API void* rt_group_new(void* store, int32_t rank, int32_t size, const char* address, int64_t timeout_ms) {
    try {
        auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::milliseconds(timeout_ms));
        options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname(address));
        options->threads = 2;
        return new Group(c10::make_intrusive<c10d::ProcessGroupGloo>(*static_cast<Store*>(store), rank, size, options));
    } catch (...) {
        caught();
        return nullptr;
    }
}
RT_API void rt_group_free(void* g) { delete static_cast<Group*>(g); }

RT_API int32_t rt_group_all_reduce(void* g, void* tensor, int32_t operation) {
    return guarded([&] {
        std::vector<at::Tensor> tensors{dense(tensor)};
        c10d::AllreduceOptions options;
        options.reduceOp = static_cast<c10d::ReduceOp::RedOpType>(operation);
        group(g)->allreduce(tensors, options)->wait();
    });
}
RT_API int32_t rt_group_broadcast(void* g, void* tensor, int32_t root) {
    return guarded([&] {
        std::vector<at::Tensor> tensors{dense(tensor)};
        c10d::BroadcastOptions options;
        options.rootRank = root;
        group(g)->broadcast(tensors, options)->wait();
    });
}

// `results` has room for as many tensors as there are processes.
RT_API int32_t rt_group_all_gather(void* g, void* tensor, void** results) {
    return guarded([&] {
        std::vector<at::Tensor> inputs{dense(tensor)};
        std::vector<std::vector<at::Tensor>> outputs(1);
        for (int k = 0; k < group(g)->getSize(); k++) outputs[0].push_back(at::empty_like(inputs[0]));
        group(g)->allgather(outputs, inputs)->wait();
        for (size_t k = 0; k < outputs[0].size(); k++) results[k] = give(std::move(outputs[0][k]));
    });
}
RT_API int32_t rt_group_barrier(void* g) { return guarded([&] { group(g)->barrier()->wait(); }); }

#else

namespace {

int32_t refuse() {
    set_error("this build has no process groups: Gloo's headers were not there when it was built (Debian: libgloo-dev)");
    return RT_NOT_IMPLEMENTED;
}

}  // namespace

RT_API int32_t rt_group_available() { return 0; }
RT_API void* rt_store_new(const char*, int32_t, int32_t, int64_t) { refuse(); return nullptr; }
RT_API int32_t rt_store_port(void*) { return refuse(); }
RT_API void rt_store_free(void*) {}
RT_API void* rt_group_new(void*, int32_t, int32_t, const char*, int64_t) { refuse(); return nullptr; }
RT_API void rt_group_free(void*) {}
RT_API int32_t rt_group_all_reduce(void*, void*, int32_t) { return refuse(); }
RT_API int32_t rt_group_broadcast(void*, void*, int32_t) { return refuse(); }
RT_API int32_t rt_group_all_gather(void*, void*, void**) { return refuse(); }
RT_API int32_t rt_group_barrier(void*) { return refuse(); }

#endif
