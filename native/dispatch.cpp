// The boxed dispatcher: any operator by name, its left-out arguments filled from the schema.
#include "common.h"
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <torch/version.h>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <variant>

using c10::IValue;
using c10::TypeKind;

namespace retort {

namespace {
thread_local std::string last_error;
thread_local int32_t last_code = RT_FAILED;

int32_t name_error() noexcept;
}

void set_error(std::string message) { last_error = std::move(message); }

int32_t caught() noexcept { return last_code = name_error(); }

namespace {

int32_t name_error() noexcept {
    try {
        throw;
    } catch (const c10::OutOfMemoryError& e) {
        last_error = e.what_without_backtrace();
        return RT_OUT_OF_MEMORY;
    } catch (const c10::IndexError& e) {
        last_error = e.what_without_backtrace();
        return RT_INDEX;
    } catch (const c10::ValueError& e) {
        last_error = e.what_without_backtrace();
        return RT_VALUE;
    } catch (const c10::NotImplementedError& e) {
        last_error = e.what_without_backtrace();
        return RT_NOT_IMPLEMENTED;
    } catch (const c10::LinAlgError& e) {
        last_error = e.what_without_backtrace();
        return RT_LINALG;
    } catch (const c10::Error& e) {
        last_error = e.what_without_backtrace();
        // The CPU allocator reports exhaustion as a plain enforcement failure.
        return last_error.find("not enough memory") != std::string::npos || last_error.find("can't allocate memory") != std::string::npos
            ? RT_OUT_OF_MEMORY : RT_FAILED;
    } catch (const std::bad_alloc& e) {
        last_error = "out of memory";
        return RT_OUT_OF_MEMORY;
    } catch (const std::exception& e) {
        last_error = e.what();
        return RT_FAILED;
    } catch (...) {
        last_error = "unknown native failure";
        return RT_FAILED;
    }
}

}  // namespace

namespace {

// What an argument accepts, worked out once so that a call does not walk the type tree.
enum class Slot : uint8_t { Other, Float, FloatList, IntList, OptionalTensorList };

struct Argument {
    Slot slot = Slot::Other;
    int32_t fixed_length = 0;   // int[2] accepts a single int, repeated
    bool has_default = false;
    IValue default_value;
    at::Scalar default_scalar;
    std::string name;
};

// Signatures that most calls have. Such an operator is called through its C++ type, without a stack of boxed values.
using CallT = at::Tensor(const at::Tensor&);
using CallTT = at::Tensor(const at::Tensor&, const at::Tensor&);
using CallTS = at::Tensor(const at::Tensor&, const at::Scalar&);
using CallTTS = at::Tensor(const at::Tensor&, const at::Tensor&, const at::Scalar&);
using CallTSS = at::Tensor(const at::Tensor&, const at::Scalar&, const at::Scalar&);

template <typename Call>
using Handle = c10::TypedOperatorHandle<Call>;

// Kept, because libtorch compares the names of both types each time that an operator is given its type.
using Typed = std::variant<std::monostate, Handle<CallT>, Handle<CallTT>, Handle<CallTS>, Handle<CallTTS>, Handle<CallTSS>>;

template <typename Call>
Typed with_type(const c10::OperatorHandle& handle) noexcept {
    try {
        return handle.typed<Call>();
    } catch (...) {
        return {};
    }
}

Typed typed(const c10::OperatorHandle& handle) {
    auto& schema = handle.schema();
    // Others' operators need not have told their C++ type, and any would be believed.
    if (schema.name().rfind("aten::", 0) != 0) return {};
    if (schema.is_vararg() || schema.is_varret() || schema.returns().size() != 1) return {};
    // What is written in place has another type.
    auto is_tensor = [](const c10::Argument& a) {
        return a.type()->kind() == TypeKind::TensorType && !(a.alias_info() && a.alias_info()->isWrite());
    };
    if (!is_tensor(schema.returns()[0])) return {};
    std::string letters;
    for (const auto& a : schema.arguments()) {
        if (is_tensor(a)) letters += 'T';
        else if (a.type()->kind() == TypeKind::NumberType) letters += 'S';
        else return {};
    }
    if (letters == "T") return with_type<CallT>(handle);
    if (letters == "TT") return with_type<CallTT>(handle);
    if (letters == "TS") return with_type<CallTS>(handle);
    if (letters == "TTS") return with_type<CallTTS>(handle);
    if (letters == "TSS") return with_type<CallTSS>(handle);
    return {};
}

struct Operator {
    explicit Operator(c10::OperatorHandle h) : handle(std::move(h)), type(typed(handle)) {
        for (const auto& a : handle.schema().arguments()) {
            Argument out;
            out.name = a.name();
            auto type = a.type();
            if (auto optional = type->cast<c10::OptionalType>()) type = optional->getElementType();
            if (type->kind() == TypeKind::FloatType) out.slot = Slot::Float;
            if (auto list = type->cast<c10::ListType>()) {
                auto kind = list->getElementType()->kind();
                if (kind == TypeKind::FloatType) out.slot = Slot::FloatList;
                if (kind == TypeKind::IntType || kind == TypeKind::SymIntType) out.slot = Slot::IntList;
                if (kind == TypeKind::OptionalType) out.slot = Slot::OptionalTensorList;
                out.fixed_length = a.N().value_or(0);
            }
            if (a.default_value()) {
                out.has_default = true;
                out.default_value = *a.default_value();
                if (out.default_value.isScalar()) out.default_scalar = out.default_value.toScalar();
            }
            arguments.push_back(std::move(out));
        }
    }
    c10::OperatorHandle handle;
    Typed type;
    std::vector<Argument> arguments;
};

void push(torch::jit::Stack& stack, const RtValue& v, const Argument& a) {
    switch (v.tag) {
        case RT_NONE: stack.emplace_back(); return;
        case RT_TENSOR: stack.emplace_back(borrow(v.p)); return;
        case RT_INT:
            if (a.slot == Slot::Float) stack.emplace_back(static_cast<double>(v.i));
            else if (a.slot == Slot::IntList) stack.emplace_back(std::vector<int64_t>(a.fixed_length > 0 ? a.fixed_length : 1, v.i));
            else stack.emplace_back(v.i);
            return;
        case RT_DOUBLE: stack.emplace_back(v.d); return;
        case RT_BOOL: stack.emplace_back(v.i != 0); return;
        case RT_INT_LIST: {
            auto first = static_cast<const int64_t*>(v.p);
            if (a.slot == Slot::FloatList) stack.emplace_back(std::vector<double>(first, first + v.len));
            else stack.emplace_back(std::vector<int64_t>(first, first + v.len));
            return;
        }
        case RT_TENSOR_LIST: {
            auto handles = static_cast<void* const*>(v.p);
            if (a.slot == Slot::OptionalTensorList) {
                // Not List<optional<Tensor>>: libtorch's optional has another name in each version.
                c10::impl::GenericList list(c10::OptionalType::create(c10::TensorType::get()));
                list.reserve(v.len);
                for (int64_t k = 0; k < v.len; k++) list.push_back(handles[k] ? IValue(borrow(handles[k])) : IValue());
                stack.emplace_back(std::move(list));
                return;
            }
            c10::List<at::Tensor> list;
            list.reserve(v.len);
            for (int64_t k = 0; k < v.len; k++) list.push_back(borrow(handles[k]));
            stack.emplace_back(std::move(list));
            return;
        }
        case RT_STRING: stack.emplace_back(std::string(static_cast<const char*>(v.p), v.len)); return;
        case RT_DOUBLE_LIST: stack.emplace_back(std::vector<double>(static_cast<const double*>(v.p), static_cast<const double*>(v.p) + v.len)); return;
        case RT_BOOL_LIST: {
            c10::List<bool> list;
            for (int64_t k = 0; k < v.len; k++) list.push_back(static_cast<const uint8_t*>(v.p)[k] != 0);
            stack.emplace_back(std::move(list));
            return;
        }
        case RT_DEVICE: stack.emplace_back(c10::Device(static_cast<c10::DeviceType>(v.i), static_cast<c10::DeviceIndex>(v.len))); return;
        case RT_GENERATOR: stack.emplace_back(*static_cast<at::Generator*>(v.p)); return;
        case RT_OBJECT: stack.push_back(*static_cast<const IValue*>(v.p)); return;
        case RT_DEFAULT:
            TORCH_CHECK(a.has_default, "argument '", a.name, "' has no default value");
            stack.push_back(a.default_value);
            return;
        default: TORCH_CHECK(false, "argument '", a.name, "' has the unknown tag ", v.tag);
    }
}

void** give_list(std::vector<at::Tensor>&& tensors) {
    auto handles = static_cast<void**>(std::malloc(sizeof(void*) * (tensors.empty() ? 1 : tensors.size())));
    if (!handles) throw std::bad_alloc();
    for (size_t k = 0; k < tensors.size(); k++) handles[k] = give(std::move(tensors[k]));
    return handles;
}

void take(IValue&& v, RtValue& out) {
    out = RtValue{};
    if (v.isTensor()) {
        out.tag = RT_TENSOR;
        out.p = give(std::move(v).toTensor());
        if (!out.p) out.tag = RT_NONE;
    } else if (v.isInt()) {
        out.tag = RT_INT;
        out.i = v.toInt();
    } else if (v.isDouble()) {
        out.tag = RT_DOUBLE;
        out.d = v.toDouble();
    } else if (v.isBool()) {
        out.tag = RT_BOOL;
        out.i = v.toBool();
    } else if (v.isTensorList()) {
        auto tensors = v.toTensorVector();
        out.tag = RT_TENSOR_LIST;
        out.len = static_cast<int64_t>(tensors.size());
        out.p = give_list(std::move(tensors));
    } else if (v.isScalar()) {
        auto s = v.toScalar();
        if (s.isFloatingPoint()) { out.tag = RT_DOUBLE; out.d = s.toDouble(); }
        else { out.tag = RT_INT; out.i = s.toLong(); }
    } else if (v.isNone()) {
        out.tag = RT_NONE;
    } else if (v.isCustomClass()) {
        out.tag = RT_OBJECT;
        out.p = new IValue(std::move(v));
    } else {
        TORCH_CHECK(false, "a result of type ", v.tagKind(), " cannot cross into .NET");
    }
}

// A tensor of the caller's, for the length of a call: no reference is counted.
class Lent {
public:
    explicit Lent(void* handle)
        : tensor_(c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>::reclaim(static_cast<at::TensorImpl*>(handle))) {}
    ~Lent() { tensor_.unsafeReleaseTensorImpl(); }
    Lent(const Lent&) = delete;
    Lent& operator=(const Lent&) = delete;
    operator const at::Tensor&() const { return tensor_; }

private:
    at::Tensor tensor_;
};

bool is_scalar(const RtValue& v, const Argument& a) {
    return v.tag == RT_INT || v.tag == RT_DOUBLE || v.tag == RT_BOOL || (v.tag == RT_DEFAULT && a.has_default);
}

at::Scalar scalar(const RtValue& v, const Argument& a) {
    if (v.tag == RT_INT) return v.i;
    if (v.tag == RT_DOUBLE) return v.d;
    if (v.tag == RT_BOOL) return v.i != 0;
    return a.default_scalar;
}

// Calls an operator of a common form through its type; false where the arguments are not those of the form.
bool call_typed(const Operator& o, const RtValue* v, int32_t count, RtValue& result) {
    auto tensor = [&](int32_t k) { return v[k].tag == RT_TENSOR; };
    auto number = [&](int32_t k) { return is_scalar(v[k], o.arguments[k]); };
    auto value = [&](int32_t k) { return scalar(v[k], o.arguments[k]); };
    at::Tensor made;
    if (auto t = std::get_if<Handle<CallT>>(&o.type)) {
        if (count != 1 || !tensor(0)) return false;
        made = t->call(Lent(v[0].p));
    } else if (auto tt = std::get_if<Handle<CallTT>>(&o.type)) {
        if (count != 2 || !tensor(0) || !tensor(1)) return false;
        made = tt->call(Lent(v[0].p), Lent(v[1].p));
    } else if (auto ts = std::get_if<Handle<CallTS>>(&o.type)) {
        if (count != 2 || !tensor(0) || !number(1)) return false;
        made = ts->call(Lent(v[0].p), value(1));
    } else if (auto tts = std::get_if<Handle<CallTTS>>(&o.type)) {
        if (count != 3 || !tensor(0) || !tensor(1) || !number(2)) return false;
        made = tts->call(Lent(v[0].p), Lent(v[1].p), value(2));
    } else if (auto tss = std::get_if<Handle<CallTSS>>(&o.type)) {
        if (count != 3 || !tensor(0) || !number(1) || !number(2)) return false;
        made = tss->call(Lent(v[0].p), value(1), value(2));
    } else {
        return false;
    }
    if (!made.defined()) {
        result = RtValue{};
        return true;
    }
    result.tag = RT_TENSOR;
    result.p = give(std::move(made));
    return true;
}

// Borrowed and given back, so that nested calls (hooks, custom backward) each have their own.
thread_local torch::jit::Stack spare_stack;

}  // namespace
}  // namespace retort

using namespace retort;

RT_API void rt_tensor_free(void* t);

RT_API const char* rt_last_error() { return last_error.c_str(); }

// The code that goes with rt_last_error, for functions that give a handle or null.
RT_API int32_t rt_last_error_code() { return last_code; }

RT_API const char* rt_torch_version() { return TORCH_VERSION; }

// Null where libtorch has no such operator.
RT_API void* rt_find_operator(const char* name, const char* overload) {
    try {
        auto found = c10::Dispatcher::singleton().findSchema({name, overload});
        return found ? new Operator(*found) : nullptr;
    } catch (...) {
        caught();
        return nullptr;
    }
}

// The schema in libtorch's own notation; free with rt_free_memory.
RT_API char* rt_operator_schema(void* op) {
    std::ostringstream text;
    text << static_cast<Operator*>(op)->handle.schema();
    return strdup(text.str().c_str());
}

// All operators, "name.overload" a line; free with rt_free_memory.
RT_API char* rt_operator_names() {
    std::string all;
    for (const auto& name : c10::Dispatcher::singleton().getAllOpNames())
        all += name.overload_name.empty() ? name.name + "\n" : name.name + "." + name.overload_name + "\n";
    return strdup(all.c_str());
}

RT_API void rt_free_memory(void* memory) { std::free(memory); }
RT_API void rt_object_free(void* object) { delete static_cast<IValue*>(object); }

// Returns how many results were written to `results`, or a negative code.
RT_API int32_t rt_call(void* op, const RtValue* arguments, int32_t count, RtValue* results, int32_t capacity) {
    auto& o = *static_cast<Operator*>(op);
    if (o.type.index() != 0 && capacity > 0) {
        try {
            if (call_typed(o, arguments, count, results[0])) return 1;
        } catch (...) {
            return caught();
        }
    }
    torch::jit::Stack stack = std::move(spare_stack);
    stack.clear();
    int32_t written = 0;
    try {
        auto expected = o.arguments.size();
        TORCH_CHECK(static_cast<size_t>(count) <= expected, "takes at most ", expected, " arguments but got ", count);
        for (int32_t k = 0; k < count; k++) push(stack, arguments[k], o.arguments[k]);
        for (size_t k = count; k < expected; k++) {
            TORCH_CHECK(o.arguments[k].has_default, "argument '", o.arguments[k].name, "' is missing");
            stack.push_back(o.arguments[k].default_value);
        }
        o.handle.callBoxed(&stack);
        TORCH_CHECK(stack.size() <= static_cast<size_t>(capacity), "gave ", stack.size(), " results where ", capacity, " were expected");
        for (auto& v : stack) take(std::move(v), results[written++]);
    } catch (...) {
        int32_t code = caught();
        for (int32_t k = 0; k < written; k++)
            if (results[k].tag == RT_TENSOR) rt_tensor_free(results[k].p);
            else if (results[k].tag == RT_OBJECT) delete static_cast<IValue*>(results[k].p);
        stack.clear();
        return code;
    }
    stack.clear();
    spare_stack = std::move(stack);
    return written;
}
