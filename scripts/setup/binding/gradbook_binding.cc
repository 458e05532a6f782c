// tfjs-node-gpu's binding with additional functions: functions (graphs that run as one op), the
// list of TensorFlow's ops, and the kernels that are registered for an op. Compiled instead of the
// package's tfjs_binding.cc and tfjs_backend.cc, which it includes unchanged.

#include <node_api.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

// Replaces the package's own registration of the module; the registration below calls the same
// functions.
#undef NAPI_MODULE
#define NAPI_MODULE(name, init)
#include "binding/tfjs_binding.cc"

#include <memory>
#include <string>
#include <vector>
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

// tfjs-node knows no attributes that are lists of strings or of dtypes. A string given for one is
// taken apart at its commas, a dtype becomes a list of one.
static bool IsList(TFE_Op *op, const char *name) {
  TF_Status *const status = TF_NewStatus();
  unsigned char is_list = 0;
  TFE_OpGetAttrType(op, name, &is_list, status);
  const bool ok = TF_GetCode(status) == TF_OK;
  TF_DeleteStatus(status);
  return ok && is_list;
}

static void SetStringOrList(TFE_Op *op, const char *name, const void *value, size_t length) {
  if (!IsList(op, name)) return TFE_OpSetAttrString(op, name, value, length);
  const char *const end = static_cast<const char *>(value) + length;
  std::vector<const void *> values;
  std::vector<size_t> lengths;
  for (const char *from = static_cast<const char *>(value); from < end;) {
    const char *to = from;
    while (to < end && *to != ',') to++;
    values.push_back(from);
    lengths.push_back(to - from);
    from = to + 1;
  }
  TFE_OpSetAttrStringList(op, name, values.data(), lengths.data(), values.size());
}

static void SetTypeOrList(TFE_Op *op, const char *name, TF_DataType value) {
  if (!IsList(op, name)) return TFE_OpSetAttrType(op, name, value);
  TFE_OpSetAttrTypeList(op, name, &value, 1);
}

#define TFE_OpSetAttrString SetStringOrList
#define TFE_OpSetAttrType SetTypeOrList
#include "binding/tfjs_backend.cc"
#undef TFE_OpSetAttrString
#undef TFE_OpSetAttrType

// From tensorflow/c/kernels.h, whose own includes the wheel lacks.
extern "C" TF_Buffer *TF_GetRegisteredKernelsForOp(const char *name, TF_Status *status);

// From tsl/platform/tensor_float_32_utils.h.
namespace tsl {
void enable_tensor_float_32_execution(bool enabled);
bool tensor_float_32_execution_enabled();
// From tsl/util/determinism.h.
void EnableOpDeterminism(bool enabled);
}  // namespace tsl

namespace gradbook {

// The package keeps its context private. An explicit instantiation may name a private member.
template <TFE_Context *tfnodejs::TFJSBackend::*Member>
struct ContextOf {
  friend TFE_Context *contextOf(tfnodejs::TFJSBackend *backend) { return backend->*Member; }
};
TFE_Context *contextOf(tfnodejs::TFJSBackend *backend);
template struct ContextOf<&tfnodejs::TFJSBackend::tfe_context_>;

struct Status {
  TF_Status *value = TF_NewStatus();
  ~Status() { TF_DeleteStatus(value); }
  bool ok() const { return TF_GetCode(value) == TF_OK; }
};

/** Throws a JavaScript error with TensorFlow's whole message. */
static napi_value Fail(napi_env env, const std::string &what, const Status &status) {
  const std::string message = what + ": " + TF_Message(status.value);
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

static napi_value Fail(napi_env env, const std::string &message) {
  napi_throw_error(env, nullptr, message.c_str());
  return nullptr;
}

static bool ReadString(napi_env env, napi_value value, std::string *text) {
  size_t length = 0;
  if (napi_get_value_string_utf8(env, value, nullptr, 0, &length) != napi_ok) return false;
  text->resize(length + 1);
  if (napi_get_value_string_utf8(env, value, &(*text)[0], length + 1, &length) != napi_ok) {
    return false;
  }
  text->resize(length);
  return true;
}

static bool ReadStrings(napi_env env, napi_value value, std::vector<std::string> *texts) {
  uint32_t length = 0;
  if (napi_get_array_length(env, value, &length) != napi_ok) return false;
  for (uint32_t i = 0; i < length; i++) {
    napi_value element;
    std::string text;
    if (napi_get_element(env, value, i, &element) != napi_ok) return false;
    if (!ReadString(env, element, &text)) return false;
    texts->push_back(text);
  }
  return true;
}

static napi_value BytesOf(napi_env env, const TF_Buffer *buffer) {
  void *data = nullptr;
  napi_value array_buffer, bytes;
  if (napi_create_arraybuffer(env, buffer->length, &data, &array_buffer) != napi_ok) return nullptr;
  if (buffer->length > 0) memcpy(data, buffer->data, buffer->length);
  if (napi_create_typedarray(env, napi_uint8_array, buffer->length, array_buffer, 0, &bytes) !=
      napi_ok) {
    return nullptr;
  }
  return bytes;
}

static TFE_Context *Context(napi_env env) {
  tfnodejs::TFJSBackend *const backend = tfnodejs::GetTFJSBackend(env);
  return backend ? contextOf(backend) : nullptr;
}

/** Finds the output `node:index` of a graph. */
static bool FindOutput(TF_Graph *graph, const std::string &text, TF_Output *output) {
  const size_t colon = text.rfind(':');
  output->oper = TF_GraphOperationByName(graph, text.substr(0, colon).c_str());
  output->index = colon == std::string::npos ? 0 : atoi(text.c_str() + colon + 1);
  return output->oper != nullptr && output->index < TF_OperationNumOutputs(output->oper);
}

/**
 * addFunction(name, graph, inputs, outputs, controlOutputs): makes a serialized GraphDef a function
 * that `executeOp` runs by its name. Inputs are names of placeholders; outputs are `node:index`;
 * control outputs are names of nodes that run although no output needs them.
 */
static napi_value AddFunction(napi_env env, napi_callback_info info) {
  size_t argc = 5;
  napi_value args[5];
  if (napi_get_cb_info(env, info, &argc, args, nullptr, nullptr) != napi_ok || argc < 5) {
    return Fail(env, "addFunction takes name, graph, inputs, outputs and controlOutputs");
  }
  std::string name;
  std::vector<std::string> input_names, output_names, control_names;
  napi_typedarray_type type;
  size_t length = 0;
  void *data = nullptr;
  if (!ReadString(env, args[0], &name) ||
      napi_get_typedarray_info(env, args[1], &type, &length, &data, nullptr, nullptr) != napi_ok ||
      type != napi_uint8_array || !ReadStrings(env, args[2], &input_names) ||
      !ReadStrings(env, args[3], &output_names) || !ReadStrings(env, args[4], &control_names)) {
    return Fail(env, "addFunction takes a string, a Uint8Array and three arrays of strings");
  }
  TFE_Context *const context = Context(env);
  if (!context) return nullptr;

  Status status;
  std::unique_ptr<TF_Graph, decltype(&TF_DeleteGraph)> graph(TF_NewGraph(), TF_DeleteGraph);
  std::unique_ptr<TF_ImportGraphDefOptions, decltype(&TF_DeleteImportGraphDefOptions)> options(
      TF_NewImportGraphDefOptions(), TF_DeleteImportGraphDefOptions);
  std::unique_ptr<TF_Buffer, decltype(&TF_DeleteBuffer)> definition(
      TF_NewBufferFromString(data, length), TF_DeleteBuffer);
  TF_GraphImportGraphDef(graph.get(), definition.get(), options.get(), status.value);
  if (!status.ok()) return Fail(env, "the graph of " + name, status);

  std::vector<TF_Output> inputs(input_names.size()), outputs(output_names.size());
  std::vector<const TF_Operation *> controls;
  for (size_t i = 0; i < inputs.size(); i++) {
    if (!FindOutput(graph.get(), input_names[i] + ":0", &inputs[i])) {
      return Fail(env, name + " has no input " + input_names[i]);
    }
  }
  for (size_t i = 0; i < outputs.size(); i++) {
    if (!FindOutput(graph.get(), output_names[i], &outputs[i])) {
      return Fail(env, name + " has no output " + output_names[i]);
    }
  }
  for (const std::string &control : control_names) {
    const TF_Operation *operation = TF_GraphOperationByName(graph.get(), control.c_str());
    if (!operation) return Fail(env, name + " has no node " + control);
    controls.push_back(operation);
  }
  std::unique_ptr<TF_Function, decltype(&TF_DeleteFunction)> function(
      TF_GraphToFunctionWithControlOutputs(
          graph.get(), name.c_str(), 0, -1, nullptr, static_cast<int>(inputs.size()),
          inputs.data(), static_cast<int>(outputs.size()), outputs.data(), nullptr,
          static_cast<int>(controls.size()), controls.data(), nullptr, nullptr, nullptr,
          status.value),
      TF_DeleteFunction);
  if (!status.ok()) return Fail(env, "the function " + name, status);
  TFE_ContextAddFunction(context, function.get(), status.value);
  if (!status.ok()) return Fail(env, "the function " + name, status);
  return nullptr;
}

/** removeFunction(name): drops a function and what was made to run it. */
static napi_value RemoveFunction(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value args[1];
  std::string name;
  if (napi_get_cb_info(env, info, &argc, args, nullptr, nullptr) != napi_ok || argc < 1 ||
      !ReadString(env, args[0], &name)) {
    return Fail(env, "removeFunction takes a name");
  }
  TFE_Context *const context = Context(env);
  if (!context) return nullptr;
  Status status;
  TFE_ContextRemoveFunction(context, name.c_str(), status.value);
  if (!status.ok()) return Fail(env, "removing the function " + name, status);
  return nullptr;
}

/** opList(): TensorFlow's ops as a serialized OpList. */
static napi_value AllOps(napi_env env, napi_callback_info) {
  std::unique_ptr<TF_Buffer, decltype(&TF_DeleteBuffer)> list(TF_GetAllOpList(), TF_DeleteBuffer);
  return BytesOf(env, list.get());
}

/** registeredKernels(op): the kernels of an op as a serialized KernelList. */
static napi_value RegisteredKernels(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value args[1];
  std::string name;
  if (napi_get_cb_info(env, info, &argc, args, nullptr, nullptr) != napi_ok || argc < 1 ||
      !ReadString(env, args[0], &name)) {
    return Fail(env, "registeredKernels takes the name of an op");
  }
  Status status;
  std::unique_ptr<TF_Buffer, decltype(&TF_DeleteBuffer)> list(
      TF_GetRegisteredKernelsForOp(name.c_str(), status.value), TF_DeleteBuffer);
  if (!status.ok()) return Fail(env, "the kernels of " + name, status);
  return BytesOf(env, list.get());
}

/** allowTf32(allowed): whether float32 products may be computed in TF32 on GPUs that support it. */
static napi_value AllowTf32(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value args[1];
  bool allowed = false;
  if (napi_get_cb_info(env, info, &argc, args, nullptr, nullptr) != napi_ok || argc < 1 ||
      napi_get_value_bool(env, args[0], &allowed) != napi_ok) {
    return Fail(env, "allowTf32 takes true or false");
  }
  tsl::enable_tensor_float_32_execution(allowed);
  return nullptr;
}

/** isTf32Allowed(): the last value given to allowTf32; TensorFlow's default is true. */
static napi_value IsTf32Allowed(napi_env env, napi_callback_info) {
  napi_value allowed;
  napi_get_boolean(env, tsl::tensor_float_32_execution_enabled(), &allowed);
  return allowed;
}

/** requireDeterminism(required): whether ops without a deterministic kernel are errors on GPUs. */
static napi_value RequireDeterminism(napi_env env, napi_callback_info info) {
  size_t argc = 1;
  napi_value args[1];
  bool required = false;
  if (napi_get_cb_info(env, info, &argc, args, nullptr, nullptr) != napi_ok || argc < 1 ||
      napi_get_value_bool(env, args[0], &required) != napi_ok) {
    return Fail(env, "requireDeterminism takes true or false");
  }
  tsl::EnableOpDeterminism(required);
  return nullptr;
}

/**
 * Keeps what is freed for the next step: a tensor of more than 32 MB would otherwise be memory of the
 * system's own each time, which zeroes it page by page. That took more time than the ops.
 */
static void KeepFreedMemory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
#endif
}

/** releaseMemory(): gives memory that was freed back to the system. */
static napi_value ReleaseMemory(napi_env env, napi_callback_info) {
#ifdef __GLIBC__
  malloc_trim(0);
#endif
  return nullptr;
}

static napi_value Init(napi_env env, napi_value exports) {
  KeepFreedMemory();
  exports = tfnodejs::InitTFNodeJSBinding(env, exports);
  if (!exports) return nullptr;
  const napi_property_descriptor entries[] = {
      {"addFunction", nullptr, AddFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"removeFunction", nullptr, RemoveFunction, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"allowTf32", nullptr, AllowTf32, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"isTf32Allowed", nullptr, IsTf32Allowed, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"requireDeterminism", nullptr, RequireDeterminism, nullptr, nullptr, nullptr, napi_default,
       nullptr},
      {"releaseMemory", nullptr, ReleaseMemory, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"opList", nullptr, AllOps, nullptr, nullptr, nullptr, napi_default, nullptr},
      {"registeredKernels", nullptr, RegisteredKernels, nullptr, nullptr, nullptr, napi_default,
       nullptr},
  };
  napi_define_properties(env, exports, sizeof(entries) / sizeof(entries[0]), entries);
  return exports;
}

// What NAPI_MODULE writes in the versions of Node that are supported.
NAPI_MODULE_INIT() { return Init(env, exports); }

}  // namespace gradbook
