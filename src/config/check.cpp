// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <algorithm>
#include <array>

#include <kepeng/base/log.h>
#include <kepeng/json/value.h>

#include "state.h"

namespace kepeng::config {
namespace {

using State = Options::State;

std::string shown(const OptionRow& row, const Setting& setting) {
  return row.has(kSecret) ? std::string{"the value"} : '\'' + setting.value + '\'';
}

Fault refusal(const OptionRow& row, const Setting& setting, const std::string& why) {
  return config_fault("Invalid -" + std::string{row.name} + ": " + shown(row, setting) + " " + why + " (" +
                      setting.origin + ").");
}

std::string range_text(const OptionRow& row) {
  return "is not a whole number from " + std::to_string(row.low) + " to " + std::to_string(row.high);
}

Result<Unit, Fault> check_value(const OptionRow& row, const Setting& setting) {
  if (setting.negated) return Unit{};
  switch (row.kind) {
    case OptionKind::Bool:
      if (!parse_bool(setting.value)) return Err{refusal(row, setting, "is neither 0 nor 1")};
      return Unit{};
    case OptionKind::Int: {
      const auto number = parse_int(setting.value);
      if (!number || *number < row.low || *number > row.high) return Err{refusal(row, setting, range_text(row))};
      return Unit{};
    }
    case OptionKind::Size:
      if (!parse_size(setting.value, 'M'))
        return Err{refusal(row, setting, "is not a size (a number, and k K m M g G t T)")};
      return Unit{};
    case OptionKind::Money:
      if (!json::parse_fixed_point(setting.value, 8)) return Err{refusal(row, setting, "is not an amount of bitcoin")};
      return Unit{};
    case OptionKind::Text:
    case OptionKind::Path:
      return Unit{};
  }
  return Unit{};
}

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return std::string_view{"0123456789abcdefABCDEF"}.find(c) != std::string_view::npos; });
}

using Check = Result<Unit, Fault> (*)(State&, const Environment&);

// A hash may be short and may carry 0x, as on bitcoind's command line.
Result<Unit, Fault> check_hashes(State& state, const Environment&) {
  for (const char* name : {"assumevalid", "minimumchainwork"}) {
    const auto setting = state.find(name);
    if (!setting || setting->negated) continue;
    std::string_view digits = setting->value;
    if (digits.starts_with("0x")) digits.remove_prefix(2);
    constexpr std::size_t kHashDigits = 64;
    if (digits.empty() || digits.size() > kHashDigits || !is_hex(digits)) {
      return Err{refusal(state.row(name), *setting, "must be up to 64 hex digits")};
    }
  }
  return Unit{};
}

Result<Unit, Fault> check_prune(State& state, const Environment&) {
  constexpr std::int64_t kLeastMib = 550;
  const auto target = parse_int(state.text("prune").value_or("0")).value_or(0);
  if (target < 0) return Err{config_fault("Prune cannot be configured with a negative value.")};
  if (target == 0) return Unit{};
  if (target > 1 && target < kLeastMib) {
    return Err{config_fault("Prune configured below the minimum of 550 MiB.  Please use a higher number.")};
  }
  if (state.truth("txindex")) {
    return Err{config_fault("Prune mode is incompatible with -txindex. Turn one of the two off.")};
  }
  if (state.truth("txospenderindex")) {
    return Err{config_fault("Prune mode is incompatible with -txospenderindex. Turn one of the two off.")};
  }
  if (state.truth("reindex-chainstate")) {
    return Err{config_fault("Prune mode is incompatible with -reindex-chainstate. Use full -reindex instead.")};
  }
  return Unit{};
}

Result<Unit, Fault> check_cache(State& state, const Environment& environment) {
  constexpr std::uint64_t kMib = 1024 * 1024;
  const auto wanted = parse_int(state.text("dbcache").value_or("0")).value_or(0);
  const std::uint64_t bytes = static_cast<std::uint64_t>(wanted) * kMib;
  if (environment.memory_bytes > 0 && bytes > environment.memory_bytes) {
    state.warnings.push_back("-dbcache=" + std::to_string(wanted) + " is more than the " +
                             std::to_string(environment.memory_bytes / kMib) + " MiB of memory of this machine");
  }
  return Unit{};
}

// 0 for none.
Result<std::int64_t, Fault> port_of(const State& state, std::string_view name) {
  constexpr std::int64_t kPortMax = 65535;
  const auto setting = state.find(name);
  if (!setting || setting->negated) return 0;
  const auto port = parse_int(setting->value);
  if (!port || *port < 1 || *port > kPortMax) {
    return Err{config_fault("Invalid port specified in -" + std::string{name} + ": '" + setting->value + "' (" +
                            setting->origin + ").")};
  }
  return *port;
}

Result<Unit, Fault> check_ports(State& state, const Environment&) {
  KP_TRY(const auto peers, port_of(state, "port"));
  KP_TRY(const auto rpc, port_of(state, "rpcport"));
  const auto rpc_in_use = rpc != 0 ? rpc : rpc_port_of(state.network);
  if (peers != 0 && peers == rpc_in_use && state.truth("server") && state.truth("listen")) {
    return Err{config_fault("-port and -rpcport are both " + std::to_string(peers) + ". Choose different ones.")};
  }
  return Unit{};
}

// Who counts on filters is to learn now that there are none, not when a wallet finds nothing.
Result<Unit, Fault> check_filters(State& state, const Environment&) {
  for (const std::string name : {"blockfilterindex", "peerblockfilters"}) {
    for (const Setting& setting : state.find_all(name)) {
      if (setting.value == "0") continue;
      return Err{config_fault("This build has no block filter index yet: remove -" + name + " (" + setting.origin +
                              "), or set it to 0.")};
    }
  }
  return Unit{};
}

Result<Unit, Fault> check_listening(State& state, const Environment&) {
  const bool has_binds = !state.find_all("bind").empty() || !state.find_all("whitebind").empty();
  const bool is_off = state.is_set("listen") && !state.truth("listen");
  if (has_binds && is_off) return Err{config_fault("Cannot set -bind or -whitebind together with -listen=0")};
  return Unit{};
}

// "host:port" or "unix:path"; the part after '=' names a network.
bool is_proxy(std::string_view text) {
  text = text.substr(0, text.rfind('=') == std::string_view::npos ? text.size() : text.rfind('='));
  if (text.starts_with("unix:")) return text.size() > 5;
  const auto colon = text.rfind(':');
  const bool has_port = colon != std::string_view::npos && text.find(':') == colon;
  const bool bracketed = text.starts_with('[') && text.find(']') != std::string_view::npos;
  const std::string_view host = has_port ? text.substr(0, colon) : text;
  if (host.empty() || host.find_first_of(" /@,") != std::string_view::npos) return false;
  if (!has_port || bracketed) return true;
  const auto port = parse_int(text.substr(colon + 1));
  return port && *port > 0 && *port <= 65535;
}

Result<Unit, Fault> check_proxies(State& state, const Environment&) {
  for (const char* name : {"proxy", "onion", "i2psam", "torcontrol"}) {
    for (const Setting& setting : state.find_all(name)) {
      if (setting.value.empty() || setting.value == "0") continue;  // none
      if (!is_proxy(setting.value)) {
        return Err{config_fault("Invalid -" + std::string{name} + " address or hostname: '" + setting.value + "' (" +
                                setting.origin + ").")};
      }
    }
  }
  return Unit{};
}

Result<Unit, Fault> check_onlynet(State& state, const Environment&) {
  constexpr std::array<std::string_view, 5> kNetworks{"ipv4", "ipv6", "onion", "i2p", "cjdns"};
  for (const Setting& setting : state.find_all("onlynet")) {
    if (std::ranges::find(kNetworks, setting.value) == kNetworks.end()) {
      return Err{
          config_fault("Unknown network specified in -onlynet: '" + setting.value + "' (" + setting.origin + ").")};
    }
  }
  return Unit{};
}

Result<Unit, Fault> check_credentials(State& state, const Environment&) {
  for (const Setting& setting : state.find_all("rpcauth")) {
    const auto colon = setting.value.find(':');
    const auto dollar = setting.value.find('$');
    const bool whole = colon != std::string::npos && dollar != std::string::npos && colon > 0 && colon < dollar &&
                       dollar + 1 < setting.value.size();
    if (!whole) {
      return Err{config_fault("Invalid -rpcauth argument (" + setting.origin + "): it must be user:salt$hash.")};
    }
  }
  const auto who = state.text("rpccookieperms").value_or("");
  if (who != "owner" && who != "group" && who != "all") {
    return Err{config_fault("Invalid -rpccookieperms=" + who + "; must be one of 'owner', 'group', or 'all'.")};
  }
  const auto password = state.find("rpcpassword");
  if (password && !password->negated && !password->value.empty()) {
    state.warnings.push_back("-rpcpassword holds the password in plain text; -rpcauth or the cookie is safer");
  }
  return Unit{};
}

Result<Unit, Fault> check_rpc_reach(State& state, const Environment&) {
  const bool bound = !state.find_all("rpcbind").empty();
  const bool allowed = !state.find_all("rpcallowip").empty();
  if (bound && !allowed) {
    state.warnings.push_back(
        "Option -rpcbind was ignored because -rpcallowip was not specified, refusing to allow "
        "everyone to connect");
  }
  if (allowed && !bound) {
    state.warnings.push_back("-rpcallowip has no effect without -rpcbind: RPC is served on loopback only");
  }
  return Unit{};
}

Result<Unit, Fault> check_log(State& state, const Environment&) {
  for (const char* name : {"debug", "debugexclude"}) {
    for (const Setting& setting : state.find_all(name)) {
      const bool known = setting.value == "none" || setting.value == "0" || log_category_from_text(setting.value);
      if (!known)
        state.warnings.push_back("Unsupported logging category -" + std::string{name} + "=" + setting.value + " (" +
                                 setting.origin + ")");
    }
  }
  for (const Setting& setting : state.find_all("loglevel")) {
    const auto colon = setting.value.find(':');
    const std::string_view text = setting.value;
    const auto level = log_level_from_text(colon == std::string::npos ? text : text.substr(colon + 1));
    const bool category_known = colon == std::string::npos || log_category_from_text(text.substr(0, colon));
    if (!level || *level > LogLevel::Info || !category_known) {
      return Err{refusal(state.row("loglevel"), setting, "is no level (trace, debug, info) or category:level")};
    }
  }
  return Unit{};
}

Result<Unit, Fault> check_regtest_only(State& state, const Environment&) {
  if (state.network == params::Network::Regtest) return Unit{};
  for (const char* name : {"testactivationheight", "vbparams", "mocktime", "test", "acceptstalefeeestimates"}) {
    const auto setting = state.find(name);
    if (setting && !setting->negated && setting->value != "0") {
      return Err{config_fault("-" + std::string{name} + " can only be used with regtest (" + setting->origin + ").")};
    }
  }
  return Unit{};
}

constexpr std::array<Check, 12> kChecks{check_filters,     check_hashes,    check_prune,   check_cache,
                                        check_ports,       check_listening, check_proxies, check_onlynet,
                                        check_credentials, check_rpc_reach, check_log,     check_regtest_only};

}  // namespace

Result<Unit, Fault> check_values(const State& state) {
  for (const OptionRow& row : option_table()) {
    for (const Setting& setting : state.find_all(row.name)) KP_TRY_VOID(check_value(row, setting));
  }
  return Unit{};
}

Result<Unit, Fault> check_combinations(State& state, const Environment& environment) {
  for (const Check check : kChecks) KP_TRY_VOID(check(state, environment));
  return Unit{};
}

// What one option says about another that was left open, in the order in which they follow from each other.
void imply(State& state) {
  const auto set = [&](const char* name, const char* value) { state.implied.try_emplace(name, value); };
  const auto named = [&](const char* name) { return !state.find_all(name).empty(); };
  const auto connections = parse_int(state.text("maxconnections").value_or("200")).value_or(0);

  if (named("bind") || named("whitebind")) set("listen", "1");
  if (state.is_set("connect") || connections <= 0) set("dnsseed", "0"), set("listen", "0");
  if (named("proxy")) set("listen", "0"), set("natpmp", "0"), set("discover", "0");
  if (!state.truth("listen")) {
    for (const char* name : {"natpmp", "discover", "listenonion", "i2pacceptincoming"}) set(name, "0");
  }
  if (named("externalip")) set("discover", "0");
  if (state.truth("blocksonly")) set("whitelistrelay", "0"), set("maxmempool", "5");
  if (state.truth("whitelistforcerelay")) set("whitelistrelay", "1");
  const auto networks = state.find_all("onlynet");
  const auto is_ip = [](const Setting& setting) { return setting.value == "ipv4" || setting.value == "ipv6"; };
  if (!networks.empty() && std::ranges::none_of(networks, is_ip)) set("dnsseed", "0");
  set("printtoconsole", state.truth("daemon") || state.truth("daemonwait") ? "0" : "1");
  set("shrinkdebugfile", state.find_all("debug").empty() ? "1" : "0");
  set("rpcwhitelistdefault", named("rpcwhitelist") ? "1" : "0");
  set("debuglogfile", "debug.log");
}

}  // namespace kepeng::config
