// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Method: one RPC method as a row of a table. Help, argument checking and dispatch are made from the rows.
//
//   Answer get_block_count(Context& context, const Arguments&, json::Writer& out) {
//     out.int64(context.engine().view()->tip()->height);
//     return Unit{};
//   }
//   constexpr std::array kMethods{
//       Method{.name = "getblockcount", .category = Category::Blockchain, .description = "...", .result = "n",
//              .handler = get_block_count}};
//   std::span<const Method> blockchain_methods() { return kMethods; }
//
// A family is a function that returns its rows; `families.h` lists them. Before a handler runs its arguments were
// counted, named ones put in their places and types checked, so a handler looks only at meaning. It writes exactly one
// JSON value, or none (the result is null then), straight into the answer; what it wrote is dropped when it fails.
// Handlers run on many threads at once. The rows are immutable and outlive every dispatcher.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <kepeng/base/guarded.h>
#include <kepeng/base/log.h>
#include <kepeng/base/time.h>
#include <kepeng/json/value.h>
#include <kepeng/json/writer.h>
#include <kepeng/mining/block_template.h>
#include <kepeng/params/network.h>
#include <kepeng/rpc/error.h>
#include <kepeng/validation/engine.h>

namespace kepeng::mempool_service {
class MempoolService;
}
namespace kepeng::fee_service {
class FeeService;
}
namespace kepeng::peering {
class PeerNetwork;
}

namespace kepeng::rpc {

enum class Type : std::uint8_t {
  Object,
  NamedOptions,  // an object whose members may also be given as named arguments of the method
  UserKeys,      // an object whose keys the caller chooses
  Array,
  String,
  Hex,
  Number,
  Boolean,
  Amount,  // number or string with at most eight decimals
  Range,   // n, or [begin, end]
};

enum class Need : std::uint8_t { Required, Optional };
// Unchecked: the handler takes several JSON types and looks itself.
enum class Checking : std::uint8_t { Typed, Unchecked };

struct Parameter {
  std::string_view name{};  // "verbosity|verbose": all names that are understood, the first one is shown
  Type type = Type::String;
  Need need = Need::Required;
  std::string_view fallback{};  // what is used when it is omitted, as help shows it
  std::string_view description{};
  Checking checking = Checking::Typed;
  std::span<const Parameter> inner{};  // members of an object, items of an array
};

enum class Category : std::uint8_t {
  Blockchain,
  Control,
  Mining,
  Network,
  Rawtransactions,
  Util,
  Wallet,
  Hidden,  // callable, not listed
};
std::string_view to_text(Category category);

class Dispatcher;

// What handlers may use. Everything outlives the dispatcher.
struct Services {
  // Null without connections to peers.
  peering::PeerNetwork* peers = nullptr;
  // Null until the engine is open; no handler runs before that (warm-up).
  validation::Engine* engine = nullptr;
  const params::NetworkParams* network = nullptr;
  Clock* clock = nullptr;
  Logger* logger = nullptr;
  mempool_service::MempoolService* mempool = nullptr;
  // Null where nothing is learnt about fees (-blocksonly).
  fee_service::FeeService* fees = nullptr;
  std::function<void()> request_shutdown;
  // For how long the process has been running.
  std::function<std::int64_t()> uptime_seconds;
  // Runs scheduled work of the next `seconds` now (mockscheduler); may be empty.
  std::function<void(std::int64_t seconds)> advance_schedule;
  // Lines for the operator that "warnings" fields show; may be empty.
  std::function<std::vector<std::string>()> warnings;
  std::string data_directory;  // of the network
  std::string log_path;
  std::string user_agent;                     // "/kepeng:0.1.0/"
  std::int64_t ban_seconds = 86'400;          // -bantime
  std::vector<std::string> deprecated;        // -deprecatedrpc
  std::string coinbase_text;                  // extra bytes for blocks that we build; may be empty
  std::optional<std::int32_t> block_version;  // -blockversion, regtest only
  mining::TemplateLimits template_limits;
  bool logs_fee_rates = false;  // -printpriority: of what is chosen for a block
  // The last block that was put together from the mempool.
  struct LastTemplate {
    std::int64_t weight = 0;
    std::size_t transactions = 0;
  };
  std::shared_ptr<Guarded<std::optional<LastTemplate>>> last_template =
      std::make_shared<Guarded<std::optional<LastTemplate>>>();
  // How blocks from the mempool fare on the tip.
  struct TemplateCare {
    BlockHash holds_on;       // a template on this block has passed the rules of blocks
    bool is_waiting = false;  // for the mempool to be looked through; the log says so
  };
  std::shared_ptr<Guarded<TemplateCare>> template_care = std::make_shared<Guarded<TemplateCare>>();
  // The node is about to stop: what waits or takes long gives up. May be empty.
  std::function<bool()> is_stopping;
};

class Context {
 public:
  struct Caller {
    std::string_view user;  // who authenticated
    std::string_view path;  // "/", "/wallet/<name>"
    // The client went away: a long wait may stop. May be empty.
    std::function<bool()> gone;
  };
  Context(Services& services, const Dispatcher& dispatcher, Caller caller)
      : services_{services}, dispatcher_{dispatcher}, caller_{std::move(caller)} {}

  validation::Engine& engine() const {
    KP_ASSERT(services_.engine != nullptr);
    return *services_.engine;
  }
  const params::NetworkParams& network() const { return *services_.network; }
  Clock& clock() const { return *services_.clock; }
  Logger& logger() const { return *services_.logger; }
  Services& services() const { return services_; }
  const Dispatcher& dispatcher() const { return dispatcher_; }
  const Caller& caller() const { return caller_; }
  // From now on this was the last template.
  void note_template(const mining::Choice& choice) const {
    const Services::LastTemplate made{choice.weight, choice.transactions.size()};
    services_.last_template->with([&](auto& last) { last = made; });
  }
  // -deprecatedrpc=<name> was given.
  bool allows_deprecated(std::string_view name) const;

 private:
  Services& services_;
  const Dispatcher& dispatcher_;
  Caller caller_;
};

// The arguments of one call, in the places of the parameter table, counted and of the right JSON type.
class Arguments {
 public:
  Arguments() = default;
  explicit Arguments(std::vector<json::Value> values) : values_{std::move(values)} {}

  std::size_t size() const { return values_.size(); }
  // nullptr when it was omitted or null.
  const json::Value* find(std::size_t place) const {
    return place < values_.size() && !values_[place].is_null() ? &values_[place] : nullptr;
  }
  // For required parameters, which are always there (null if the caller said null).
  const json::Value& at(std::size_t place) const;
  // Empty when omitted. For typed String and Hex parameters.
  std::string_view string(std::size_t place) const;
  std::optional<bool> boolean(std::size_t place) const;
  // A whole number of the caller's that fits, `fallback` when omitted; else bitcoind's "JSON integer out of range".
  template <class Integer = std::int64_t>
  Result<Integer, RpcError> integer(std::size_t place, Integer fallback = 0) const {
    const json::Value* value = find(place);
    if (value == nullptr) return fallback;
    const std::optional<std::int64_t> number = value->as_int64();
    if (!number || !std::in_range<Integer>(*number)) return fail(Code::Misc, "JSON integer out of range");
    return static_cast<Integer>(*number);
  }
  const std::vector<json::Value>& values() const { return values_; }

 private:
  std::vector<json::Value> values_;
};

using Answer = Result<Unit, RpcError>;
using Handler = Answer (*)(Context&, const Arguments&, json::Writer&);

// Waits: may stand still for as long as its caller likes, so it is given a thread of its own.
enum class Pace : std::uint8_t { Works, Waits };

struct Method {
  std::string_view name{};
  Category category = Category::Hidden;
  std::span<const Parameter> parameters{};
  std::string_view description{};  // whole sentences
  std::string_view result{};       // what comes back, as help shows it; lines are indented as given
  std::string_view examples{};     // one call per line, without the program's name: "getblock \"hash\" 2"
  Handler handler = nullptr;
  Pace pace = Pace::Works;
};

// The help text of a method: its synopsis line, description, arguments, result, examples.
std::string help_text(const Method& method);
// "getblock \"blockhash\" ( verbosity )": the first line of the help.
std::string synopsis(const Method& method);

// -3 "JSON value of type x is not of expected type y", as bitcoind words it.
RpcError type_error(json::Kind found, std::string_view expected);

}  // namespace kepeng::rpc
