// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include "commands.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <kepeng/json/reader.h>
#include <kepeng/json/writer.h>

namespace kepeng::cli {
namespace {

using json::Value;

constexpr std::int64_t kMethodNotFound = -32601;

Value no_parameters() {
  return Value::array({});
}

// A member as people read it; "n/a" when it is not there.
std::string shown(const Value& object, std::string_view name) {
  const Value* value = object.find(name);
  if (value == nullptr || value->is_null()) return "n/a";
  if (const std::string* text = value->as_string()) return *text;
  return json::to_text(*value);
}

class Report {
 public:
  explicit Report(Colours colours) : colours_{colours} {}

  void title(std::string_view name, const std::string& text, std::string_view colour) {
    const bool on = colours_ == Colours::On;
    if (on) text_ += colour;
    text_ += std::string{name} + ": " + text;
    if (on) text_ += "\x1b[0m";
    text_ += '\n';
  }
  void line(std::string_view name, const std::string& text) { text_ += std::string{name} + ": " + text + '\n'; }
  void gap() { text_ += '\n'; }
  std::string take() { return std::move(text_); }

 private:
  Colours colours_;
  std::string text_;
};

constexpr std::string_view kBlue = "\x1b[34m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kMagenta = "\x1b[35m";
constexpr std::string_view kYellow = "\x1b[33m";

std::string progress_text(const Value& chain) {
  constexpr int kBarWidth = 20;
  const Value* value = chain.find("verificationprogress");
  const double part = value != nullptr ? value->as_double().value_or(0) : 0;
  const auto hundredths_of_percent = static_cast<long>(std::floor(std::clamp(part, 0.0, 1.0) * 1'000'000));
  char percent[32];
  std::snprintf(percent, sizeof percent, "%ld.%04ld%%", hundredths_of_percent / 10'000, hundredths_of_percent % 10'000);
  if (part > 0.99) return percent;
  const int filled = static_cast<int>(part * kBarWidth);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "\u2592" : "\u2591";
  return bar + ' ' + percent;
}

void report_chain(Report& report, const Value& chain) {
  report.title("Chain", shown(chain, "chain"), kBlue);
  report.line("Blocks", shown(chain, "blocks"));
  report.line("Headers", shown(chain, "headers"));
  report.line("Verification progress", progress_text(chain));
  report.line("Difficulty", shown(chain, "difficulty"));
}

std::string proxies_of(const Value& network) {
  std::map<std::string, std::string> networks_by_proxy;
  const Value* networks = network.find("networks");
  if (networks == nullptr) return "n/a";
  for (const Value& one : networks->items()) {
    const Value* proxy = one.find("proxy");
    if (proxy == nullptr || !proxy->is_string() || proxy->as_string()->empty()) continue;
    std::string& list = networks_by_proxy[*proxy->as_string()];
    list += (list.empty() ? "" : ", ") + shown(one, "name");
  }
  std::string text;
  for (const auto& [proxy, list] : networks_by_proxy) text += (text.empty() ? "" : ", ") + proxy + " (" + list + ")";
  return text.empty() ? "n/a" : text;
}

void report_network(Report& report, const Value& network) {
  report.title("Network",
               "in " + shown(network, "connections_in") + ", out " + shown(network, "connections_out") + ", total " +
                   shown(network, "connections"),
               kGreen);
  report.line("Version", shown(network, "version"));
  report.line("Time offset (s)", shown(network, "timeoffset"));
  report.line("Proxies", proxies_of(network));
  report.line("Min tx relay fee rate (BTC/kvB)", shown(network, "relayfee"));
}

void report_wallet(Report& report, const Value& wallet, const Value* balances) {
  report.gap();
  report.title("Wallet", shown(wallet, "walletname"), kMagenta);
  report.line("Keypool size", shown(wallet, "keypoolsize"));
  if (wallet.find("unlocked_until") != nullptr) report.line("Unlocked until", shown(wallet, "unlocked_until"));
  const Value* mine = balances != nullptr ? balances->find("mine") : nullptr;
  report.gap();
  report.line("Balance", mine != nullptr ? shown(*mine, "trusted") : "n/a");
}

// A list in today's nodes, one string in older ones.
std::string warnings_of(const Value& source) {
  const Value* warnings = source.find("warnings");
  if (warnings == nullptr) return "(none)";
  std::string text;
  if (const std::string* one = warnings->as_string()) text = *one;
  for (const Value& item : warnings->items()) {
    if (const std::string* one = item.as_string()) text += (text.empty() ? "" : "\n") + *one;
  }
  return text.empty() ? "(none)" : text;
}

}  // namespace

Text get_info(const NodeClient& node, Colours colours) {
  KP_TRY(const auto replies, node.batch({{"getnetworkinfo", no_parameters()},
                                         {"getblockchaininfo", no_parameters()},
                                         {"getwalletinfo", no_parameters()},
                                         {"getbalances", no_parameters()}}));
  const auto& [network, chain, wallet, balances] = std::tie(replies[0], replies[1], replies[2], replies[3]);
  if (!chain) return Err{chain.error()};
  if (!network && network.error().code != kMethodNotFound) return Err{network.error()};
  Report report{colours};
  report_chain(report, *chain);
  report.gap();
  if (network) report_network(report, *network);
  if (wallet) report_wallet(report, *wallet, balances ? &*balances : nullptr);
  report.gap();
  report.title("Warnings", warnings_of(*chain), kYellow);
  return report.take();
}

Text generate(const NodeClient& node, const std::vector<std::string>& words) {
  constexpr std::size_t kWordsMax = 2;
  if (words.size() > kWordsMax) return Err{CallFailure{0, "too many arguments (maximum 2 for nblocks and maxtries)"}};
  std::vector<Value> parameters;
  for (const std::string& word : words) {
    auto number = json::parse(word);
    if (!number || !number->as_int64()) return Err{CallFailure{0, "Error parsing JSON: " + word}};
    parameters.push_back(std::move(number).value());
  }
  if (parameters.empty()) parameters.push_back(Value::number(1));
  if (*parameters[0].as_int64() <= 0) {
    return Err{CallFailure{0,
                           "the first argument (number of blocks to generate, default: 1) must be an integer value "
                           "greater than zero"}};
  }
  KP_TRY(const Value address, node.call("getnewaddress", no_parameters()));
  parameters.insert(parameters.begin() + 1, address);
  KP_TRY(const Value blocks, node.call("generatetoaddress", Value::array(std::move(parameters))));
  return json::to_text(Value::object({{"address", address}, {"blocks", blocks}}), json::Layout::Indented) + '\n';
}

Text address_info(const NodeClient& node) {
  KP_TRY(const Value networks, node.call("getaddrmaninfo", no_parameters()));
  std::vector<json::Member> known;
  std::int64_t total = 0;
  for (const json::Member& member : networks.members()) {
    const Value* count = member.value.find("total");
    if (count == nullptr) continue;
    if (member.key == "all_networks") {
      total = count->as_int64().value_or(0);
    } else {
      known.push_back({member.key, *count});
    }
  }
  known.push_back({"total", Value::number(total)});
  return json::to_text(Value::object({{"addresses_known", Value::object(std::move(known))}}), json::Layout::Indented) +
         '\n';
}

}  // namespace kepeng::cli
