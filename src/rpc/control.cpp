// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// The family "control", and the echoing and clock methods that tests use.

#include <malloc.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>

#include <kepeng/rpc/dispatch.h>
#include <kepeng/rpc/families.h>

namespace kepeng::rpc {
namespace {

std::string capitalized(std::string_view text) {
  std::string result{text};
  if (!result.empty() && result[0] >= 'a' && result[0] <= 'z') result[0] = static_cast<char>(result[0] - 32);
  return result;
}

std::string list_of_methods(const Dispatcher& dispatcher) {
  std::map<std::string_view, std::vector<const Method*>> by_category;
  for (const Method* method : dispatcher.methods()) {
    if (method->category != Category::Hidden) by_category[to_text(method->category)].push_back(method);
  }
  std::string text;
  for (const auto& [category, methods] : by_category) {
    if (!text.empty()) text += '\n';
    text += "== " + capitalized(category) + " ==\n";
    for (const Method* method : methods) text += synopsis(*method) + '\n';
  }
  if (!text.empty()) text.pop_back();
  return text;
}

Answer help(Context& context, const Arguments& arguments, json::Writer& out) {
  const std::string_view name = arguments.string(0);
  if (name.empty()) {
    out.string(list_of_methods(context.dispatcher()));
    return Unit{};
  }
  const Method* method = context.dispatcher().find(name);
  out.string(method == nullptr ? fmt::format("help: unknown command: {}", name) : help_text(*method));
  return Unit{};
}

Answer stop(Context& context, const Arguments&, json::Writer& out) {
  context.services().request_shutdown();
  out.string("kepeng stopping");
  return Unit{};
}

Answer uptime(Context& context, const Arguments&, json::Writer& out) {
  out.int64(context.services().uptime_seconds());
  return Unit{};
}

enum class Switch { On, Off };

Answer switch_categories(Logger& logger, const json::Value* names, Switch to) {
  if (names == nullptr) return Unit{};
  for (const json::Value& item : names->items()) {
    const std::string* name = item.as_string();
    if (name == nullptr) return Err{type_error(item.kind(), "string")};
    const auto category = log_category_from_text(*name);
    if (!category) return fail(Code::InvalidParameter, "unknown logging category " + *name);
    if (to == Switch::On) {
      logger.enable(*category);
    } else {
      logger.disable(*category);
    }
  }
  return Unit{};
}

Answer logging(Context& context, const Arguments& arguments, json::Writer& out) {
  Logger& logger = context.logger();
  KP_TRY_VOID(switch_categories(logger, arguments.find(0), Switch::On));
  KP_TRY_VOID(switch_categories(logger, arguments.find(1), Switch::Off));
  std::map<std::string_view, bool> states;
  for (std::size_t i = 1; i < kLogCategories; ++i) {  // the first one stands for all
    const auto category = static_cast<LogCategory>(i);
    states[to_text(category)] = logger.enabled(category);
  }
  out.begin_object();
  for (const auto& [name, is_on] : states) out.field(name, is_on);
  out.end_object();
  return Unit{};
}

Answer write_malloc_report(json::Writer& out) {
  char* text = nullptr;
  std::size_t size = 0;
  std::FILE* file = ::open_memstream(&text, &size);
  const bool written = file != nullptr && ::malloc_info(0, file) == 0;
  const bool closed = file != nullptr && std::fclose(file) == 0;
  const std::unique_ptr<char, void (*)(void*)> owner{text, std::free};
  if (!written || !closed) return fail(Code::InternalError, "The allocator gave no report");
  out.string({text, size});
  return Unit{};
}

// There is no pool of locked memory: secrets lock their own pages. The numbers are those of an empty pool.
Answer get_memory_info(Context&, const Arguments& arguments, json::Writer& out) {
  const std::string_view mode = arguments.find(0) == nullptr ? "stats" : arguments.string(0);
  if (mode == "mallocinfo") return write_malloc_report(out);
  if (mode != "stats") return fail(Code::InvalidParameter, fmt::format("unknown mode {}", mode));
  out.begin_object();
  out.key("locked");
  out.begin_object();
  for (const std::string_view name : {"used", "free", "total", "locked", "chunks_used", "chunks_free"}) {
    out.field(name, 0);
  }
  out.end_object();
  out.end_object();
  return Unit{};
}

Answer get_rpc_info(Context& context, const Arguments&, json::Writer& out) {
  out.begin_object();
  out.key("active_commands");
  out.begin_array();
  for (const Dispatcher::ActiveCall& call : context.dispatcher().active_calls()) {
    out.begin_object();
    out.field("method", call.method);
    out.field("duration", (steady_ns() - call.started_ns) / 1000);
    out.end_object();
  }
  out.end_array();
  out.field("logpath", context.services().log_path);
  out.end_object();
  return Unit{};
}

Answer echo(Context&, const Arguments& arguments, json::Writer& out) {
  out.begin_array();
  for (const json::Value& value : arguments.values()) out.value(value);
  out.end_array();
  return Unit{};
}

Answer set_mock_time(Context& context, const Arguments& arguments, json::Writer&) {
  if (!context.network().is_mockable()) {
    return fail(Code::Misc, "setmocktime is for regression testing (-regtest mode) only");
  }
  KP_TRY(const auto time, arguments.integer(0));
  if (time < 0 || time > UINT32_MAX) {
    return fail(Code::InvalidParameter, fmt::format("Mocktime must be in the range [0, 4294967295], not {}.", time));
  }
  context.clock().mock({time});
  return Unit{};
}

Answer mock_scheduler(Context& context, const Arguments& arguments, json::Writer&) {
  if (!context.network().is_mockable()) {
    return fail(Code::Misc, "mockscheduler is for regression testing (-regtest mode) only");
  }
  KP_TRY(const auto seconds, arguments.integer(0));
  if (seconds <= 0 || seconds > 3600) {
    return fail(Code::Misc, "delta_time must be between 1 and 3600 seconds (1 hr)");
  }
  if (context.services().advance_schedule) context.services().advance_schedule(seconds);
  return Unit{};
}

constexpr std::array kHelpParameters{Parameter{
    .name = "command", .need = Need::Optional, .fallback = "all commands", .description = "The method to explain"}};
constexpr std::array kStopParameters{Parameter{
    .name = "wait", .type = Type::Number, .need = Need::Optional, .description = "Ignored; older clients send it"}};
constexpr std::array kCategoryItems{Parameter{.name = "category", .description = "A log category, or \"all\""}};
constexpr std::array kLoggingParameters{Parameter{.name = "include",
                                                  .type = Type::Array,
                                                  .need = Need::Optional,
                                                  .description = "Categories to switch on",
                                                  .inner = kCategoryItems},
                                        Parameter{.name = "exclude",
                                                  .type = Type::Array,
                                                  .need = Need::Optional,
                                                  .description = "Categories to switch off; wins over include",
                                                  .inner = kCategoryItems}};
constexpr std::array kMemoryParameters{
    Parameter{.name = "mode",
              .need = Need::Optional,
              .fallback = "\"stats\"",
              .description = "\"stats\", or \"mallocinfo\" for the allocator's report as XML"}};
constexpr std::array kTimeParameters{Parameter{
    .name = "timestamp", .type = Type::Number, .description = "Seconds since 1970; 0 goes back to the system's time"}};
constexpr std::array kSchedulerParameters{
    Parameter{.name = "delta_time", .type = Type::Number, .description = "Seconds to go forward"}};

constexpr Parameter anything(std::string_view name) {
  return {.name = name, .need = Need::Optional, .checking = Checking::Unchecked};
}
constexpr std::array kEchoParameters{anything("arg0"), anything("arg1"), anything("arg2"), anything("arg3"),
                                     anything("arg4"), anything("arg5"), anything("arg6"), anything("arg7"),
                                     anything("arg8"), anything("arg9")};

constexpr std::array kMethods{
    Method{.name = "help",
           .category = Category::Control,
           .parameters = kHelpParameters,
           .description = "Lists all methods, or explains one.",
           .result = "\"text\"    (string)",
           .handler = help},
    Method{.name = "stop",
           .category = Category::Control,
           .parameters = kStopParameters,
           .description = "Asks the node to shut down.",
           .result = "\"text\"    (string) what happens now",
           .handler = stop},
    Method{.name = "uptime",
           .category = Category::Control,
           .description = "Says for how long the node has been running.",
           .result = "n    (numeric) seconds",
           .examples = "uptime",
           .handler = uptime},
    Method{.name = "logging",
           .category = Category::Control,
           .parameters = kLoggingParameters,
           .description = "Switches log categories on and off, and shows which are on.",
           .result = "{\n  \"category\" : true|false,    (boolean) whether it is on\n  ...\n}",
           .examples = "logging '[\"all\"]' '[\"http\"]'",
           .handler = logging},
    Method{.name = "getmemoryinfo",
           .category = Category::Control,
           .parameters = kMemoryParameters,
           .description = "Tells about memory.",
           .result =
               "{\n  \"locked\" : {    (json object) pool of locked memory\n    \"used\" : n,\n    \"free\" : n,\n"
               "    \"total\" : n,\n    \"locked\" : n,\n    \"chunks_used\" : n,\n    \"chunks_free\" : n\n  }\n}",
           .handler = get_memory_info},
    Method{.name = "getrpcinfo",
           .category = Category::Control,
           .description = "Tells about the RPC server.",
           .result = "{\n  \"active_commands\" : [    (json array) calls that run now\n    {\n      \"method\" : "
                     "\"text\",\n      \"duration\" : n    (numeric) microseconds so far\n    },\n    ...\n  ],\n"
                     "  \"logpath\" : \"text\"    (string) the log file\n}",
           .handler = get_rpc_info},
    Method{.name = "echo",
           .parameters = kEchoParameters,
           .description = "Gives back its arguments. For tests.",
           .result = "[...]",
           .handler = echo},
    Method{.name = "echojson",
           .parameters = kEchoParameters,
           .description = "Gives back its arguments. For tests; the command line client sends them as JSON.",
           .result = "[...]",
           .handler = echo},
    Method{.name = "setmocktime",
           .parameters = kTimeParameters,
           .description = "Sets the node's clock (regtest).",
           .handler = set_mock_time},
    Method{.name = "mockscheduler",
           .parameters = kSchedulerParameters,
           .description = "Does the scheduled work of the next seconds now (regtest).",
           .handler = mock_scheduler}};

}  // namespace

std::span<const Method> control_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
