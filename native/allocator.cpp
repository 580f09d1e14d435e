// The CPU allocator of this process: keeps freed blocks for the next tensor of about that size.
//
// A training step frees and allocates the same sizes over and over. The C library gives large blocks back to the system at
// once, and each step then pays for thousands of page faults: more than a third of a small model's time. What is held never
// exceeds by more than a quarter (and a fixed allowance) what tensors once needed at the same time.
#include "common.h"
#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/alloc_cpu.h>
#include <sys/mman.h>
#include <algorithm>
#include <array>
#include <cstring>
#include <mutex>

namespace {

constexpr size_t Alignment = 64;                  // libtorch's own, which vectorised kernels count on
constexpr size_t SmallLimit = 64 * 1024;          // up to here a thread keeps blocks to itself, without a lock
constexpr size_t HugePage = 2 * 1024 * 1024;
constexpr size_t Allowance = 64 * 1024 * 1024;    // what may be kept however little was ever in use
constexpr uint32_t MostSmallKept = 64;            // blocks of a size that a thread keeps
constexpr int Steps = 8;                          // sizes between two powers of two: at most an eighth is lost
constexpr int SmallClasses = (16 - 6) * Steps + 1;
constexpr int Classes = 64 * Steps;

// Stands before a block's data. Free blocks are in a stack of their size; large ones also in a list by age.
struct alignas(Alignment) Block {
    size_t size;
    int32_t index;
    Block* below;
    Block* above;
    Block* older;
    Block* newer;
    void* data() { return this + 1; }
    static Block* of(void* data) { return static_cast<Block*>(data) - 1; }
};
static_assert(sizeof(Block) == Alignment, "the data behind a header must be aligned as the header is");

struct SizeClass {
    int index;
    size_t size;
};

// The smallest size of the form 2^k · (8 + j) / 8 that holds n, from 64 bytes on.
SizeClass class_of(size_t n) {
    if (n <= Alignment) return {0, Alignment};
    int power = 63 - __builtin_clzll(n - 1);      // 2^power < n ≤ 2^(power + 1)
    size_t step = (size_t{1} << power) / Steps;
    size_t j = (n - (size_t{1} << power) + step - 1) / step;
    return {static_cast<int>((power - 6) * Steps + j), (size_t{1} << power) + j * step};
}

Block* from_system(const SizeClass& size) {
    // Throws libtorch's own error where there is no memory.
    auto block = static_cast<Block*>(c10::alloc_cpu(size.size + sizeof(Block)));
    block->size = size.size;
    block->index = size.index;
    if (size.size >= 2 * HugePage) {
        // Whole huge pages inside the block alone, so that nothing becomes resident that is not used.
        auto begin = (reinterpret_cast<uintptr_t>(block) + HugePage - 1) / HugePage * HugePage;
        auto end = (reinterpret_cast<uintptr_t>(block->data()) + size.size) / HugePage * HugePage;
        if (end > begin) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
    }
    return block;
}

void to_system(Block* block) { c10::free_cpu(block); }

// Blocks above SmallLimit, of all threads.
class LargeBlocks {
public:
    Block* take(const SizeClass& size) {
        {
            std::lock_guard<std::mutex> lock(mutex_);
            used_ += size.size;
            most_used_ = std::max(most_used_, used_);
            if (auto block = stacks_[size.index]) {
                unlink(block);
                return block;
            }
        }
        try {
            return from_system(size);
        } catch (...) {
            release_all();
        }
        try {
            return from_system(size);
        } catch (...) {
            std::lock_guard<std::mutex> lock(mutex_);
            used_ -= size.size;
            throw;
        }
    }

    void figures(int64_t* used, int64_t* kept, int64_t* most_used) {
        std::lock_guard<std::mutex> lock(mutex_);
        *used = static_cast<int64_t>(used_);
        *kept = static_cast<int64_t>(kept_);
        *most_used = static_cast<int64_t>(most_used_);
    }

    void give(Block* block) {
        Block* surplus = nullptr;
        {
            std::lock_guard<std::mutex> lock(mutex_);
            used_ -= block->size;
            link(block);
            while (kept_ > 0 && used_ + kept_ > most_used_ + most_used_ / 4 + Allowance) {
                auto oldest = oldest_;
                unlink(oldest);
                oldest->below = surplus;
                surplus = oldest;
            }
        }
        release(surplus);
    }

private:
    void release_all() {
        Block* all = nullptr;
        {
            std::lock_guard<std::mutex> lock(mutex_);
            while (oldest_) {
                auto block = oldest_;
                unlink(block);
                block->below = all;
                all = block;
            }
        }
        release(all);
    }

    static void release(Block* chain) {
        while (chain) {
            auto next = chain->below;
            to_system(chain);
            chain = next;
        }
    }

    void link(Block* block) {
        kept_ += block->size;
        block->below = stacks_[block->index];
        block->above = nullptr;
        if (block->below) block->below->above = block;
        stacks_[block->index] = block;
        block->older = newest_;
        block->newer = nullptr;
        (newest_ ? newest_->newer : oldest_) = block;
        newest_ = block;
    }

    void unlink(Block* block) {
        kept_ -= block->size;
        (block->above ? block->above->below : stacks_[block->index]) = block->below;
        if (block->below) block->below->above = block->above;
        (block->older ? block->older->newer : oldest_) = block->newer;
        (block->newer ? block->newer->older : newest_) = block->older;
    }

    std::mutex mutex_;
    std::array<Block*, Classes> stacks_{};
    Block* oldest_ = nullptr;
    Block* newest_ = nullptr;
    size_t used_ = 0, kept_ = 0, most_used_ = 0;
};

// Never destroyed: tensors in static variables are freed after everything else.
LargeBlocks& large() {
    static auto blocks = new LargeBlocks();
    return *blocks;
}

// A thread's own blocks. Trivial, so that it may still be used while the thread's other variables are destroyed.
struct SmallBlocks {
    Block* stacks[SmallClasses];
    uint32_t counts[SmallClasses];
    bool watched, ended;
};
thread_local SmallBlocks small;

struct SmallBlocksEnd {
    ~SmallBlocksEnd() {
        small.ended = true;
        for (auto& stack : small.stacks)
            while (auto block = stack) {
                stack = block->below;
                to_system(block);
            }
    }
};

void free_block(void* data) {
    if (!data) return;
    auto block = Block::of(data);
    if (block->size > SmallLimit) {
        large().give(block);
        return;
    }
    auto& mine = small;
    if (mine.counts[block->index] >= MostSmallKept || mine.ended) {
        to_system(block);
        return;
    }
    if (!mine.watched) {
        mine.watched = true;
        static thread_local SmallBlocksEnd end;
        (void)end;
    }
    block->below = mine.stacks[block->index];
    mine.stacks[block->index] = block;
    mine.counts[block->index]++;
}

void* allocate_block(size_t n) {
    if (n == 0) return nullptr;
    // Sizes beyond this cannot be had, and would overflow below.
    auto size = n >> 62 ? SizeClass{-1, 0} : class_of(n);
    if (size.index < 0) return c10::alloc_cpu(n);
    if (size.size > SmallLimit) return large().take(size)->data();
    auto& mine = small;
    if (auto block = mine.stacks[size.index]) {
        mine.stacks[size.index] = block->below;
        mine.counts[size.index]--;
        return block->data();
    }
    return from_system(size)->data();
}

// Allocator's functions became non-const, and got copy_data, in later versions: without `override` this fits all of them.
struct CachingAllocator final : at::Allocator {
    at::DataPtr allocate(size_t n) const {
        auto data = allocate_block(n);
        return {data, data, &free_block, at::Device(at::DeviceType::CPU)};
    }
    at::DataPtr allocate(size_t n) { return static_cast<const CachingAllocator&>(*this).allocate(n); }
    at::DeleterFnPtr raw_deleter() const override { return &free_block; }
    void copy_data(void* target, const void* source, std::size_t count) const { std::memcpy(target, source, count); }
};

CachingAllocator allocator;

struct Registration {
    Registration() { c10::SetCPUAllocator(&allocator); }
} registration;

}  // namespace

// Bytes in blocks above 64 KiB: those that tensors hold now, those kept for the next ones, and the most that tensors ever held.
RT_API void rt_cpu_memory(int64_t* used, int64_t* kept, int64_t* most_used) { large().figures(used, kept, most_used); }
