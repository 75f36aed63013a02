// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// getblocktemplate: what a miner of his own needs (BIP22, BIP23, BIP9, BIP145).

#include <algorithm>
#include <array>
#include <unordered_map>

#include <kepeng/base/hex.h>
#include <kepeng/consensus/constants.h>
#include <kepeng/consensus/deployments.h>
#include <kepeng/consensus/difficulty.h>
#include <kepeng/mining/block_assembly.h>
#include <kepeng/mining/block_template.h>
#include <kepeng/peering/peer_network.h>
#include <kepeng/rpc/block_json.h>
#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

#include "block_choice.h"
#include "mempool_arguments.h"

namespace kepeng::rpc {
namespace {

constexpr std::int64_t kLookAroundMs = 500;
// A waiting miner gets a template with new transactions after a while, even when the tip has not moved.
constexpr std::int64_t kFreshTransactionsMs = 60'000;
constexpr std::uint64_t kSigopsLimit = 80'000;
constexpr std::uint64_t kSizeLimit = 4'000'000;
// Before segwit, signature operations and bytes are counted without weights.
constexpr std::uint64_t kScaleBeforeSegwit = 4;

std::string id_of(const chain::Entry& parent, std::uint64_t sequence) {
  return parent.hash.to_string() + std::to_string(sequence);
}

Result<BlockChoice, RpcError> make_template(const Context& context) {
  KP_TRY(const auto* mempool, mempool_of(context));
  BlockChoice made = choose_for_block(context, *mempool);
  if (made.parent == nullptr) return fail(Code::ClientMempoolDisabled, "Mempool disabled or instance not found");
  KP_TRY_VOID(drop_what_fails(context, made));
  context.note_template(made.choice);
  return made;
}

std::string text_member(const json::Value& request, std::string_view name) {
  const json::Value* value = request.find(name);
  const std::string* text = value == nullptr ? nullptr : value->as_string();
  return text == nullptr ? "" : *text;
}

bool names_rule(const json::Value& request, std::string_view rule) {
  const json::Value* rules = request.find("rules");
  if (rules == nullptr) return false;
  return std::any_of(rules->items().begin(), rules->items().end(), [&](const json::Value& item) {
    const std::string* text = item.as_string();
    return text != nullptr && *text == rule;
  });
}

// --- proposals (BIP23)

Answer judge_proposal(Context& context, const json::Value& request, json::Writer& out) {
  const json::Value* data = request.find("data");
  if (data == nullptr || data->as_string() == nullptr) {
    return fail(Code::TypeError, "Missing data String key for proposal");
  }
  auto raw = from_hex(*data->as_string());
  auto parsed = parse_block(raw ? std::move(*raw) : Bytes{});
  if (!parsed) return fail(Code::DeserializationError, "Block decode failed");
  const BlockPtr block = *parsed;
  validation::Engine& engine = context.engine();
  if (const chain::Entry* known = engine.find(block->hash())) {
    const bool is_valid = known->validity.load() >= chain::Validity::Scripts && !known->is_invalid();
    out.string(is_valid ? "duplicate" : known->is_invalid() ? "duplicate-invalid" : "duplicate-inconclusive");
    return Unit{};
  }
  if (block->header().previous != engine.view()->tip()->hash) {
    out.string("inconclusive-not-best-prevblk");
    return Unit{};
  }
  KP_TRY(const auto verdict, or_rpc_error(engine.test_on_tip(block)));
  if (!verdict) out.string(verdict.error().reason());
  return Unit{};
}

// --- templates

Result<Unit, RpcError> check_request(const Context& context, const json::Value& request) {
  const params::NetworkParams& network = context.network();
  const std::string mode = text_member(request, "mode");
  if (!mode.empty() && mode != "template") return fail(Code::InvalidParameter, "Invalid mode");
  const bool is_real = network.network == params::Network::Main;
  const peering::PeerNetwork* peers = context.services().peers;
  if (is_real && (peers == nullptr || peers->totals().inbound + peers->totals().outbound == 0)) {
    return fail(Code::ClientNotConnected, "kepeng is not connected!");
  }
  if (is_real && context.engine().is_initial_block_download()) {
    return fail(Code::ClientInInitialDownload, "kepeng is in initial sync and waiting for blocks...");
  }
  if (network.signet_challenge && !names_rule(request, "signet")) {
    return fail(Code::InvalidParameter,
                "getblocktemplate must be called with the signet rule set (call with {\"rules\": [\"segwit\", "
                "\"signet\"]})");
  }
  if (!names_rule(request, "segwit")) {
    return fail(Code::InvalidParameter,
                "getblocktemplate must be called with the segwit rule set (call with {\"rules\": [\"segwit\"]})");
  }
  return Unit{};
}

// Until the miner's template is old: another tip, or after a minute other transactions (BIP22's long polling). Many may
// wait: no template is made before one is wanted.
Result<Unit, RpcError> wait_for_news(const Context& context, std::string_view known) {
  KP_TRY(const auto* mempool, mempool_of(context));
  const std::int64_t since_ns = steady_ns();
  for (;;) {
    const chain::Entry* parent = nullptr;
    std::uint64_t sequence = 0;
    using Ground = mempool_service::MempoolService::Ground;
    mempool->look_from_tip([&](const mempool::Pool& pool, const Ground& ground) {
      parent = ground.tip;
      sequence = pool.sequence();
    });
    if (parent == nullptr) return Unit{};
    const bool has_waited = (steady_ns() - since_ns) / 1'000'000 >= kFreshTransactionsMs;
    const auto& stopping = context.services().is_stopping;
    const bool gives_up = (stopping && stopping()) || (context.caller().gone && context.caller().gone());
    const bool is_other_tip = !known.starts_with(parent->hash.to_string());
    if (is_other_tip || gives_up || (has_waited && id_of(*parent, sequence) != known)) return Unit{};
    context.engine().wait_for_tip(parent->hash, kLookAroundMs);
  }
}

// Each `sigops_scale` of the cost of its signature operations is told as one.
void write_transactions(json::Writer& out, const mining::Choice& choice, std::uint64_t sigops_scale) {
  std::unordered_map<std::string, std::size_t> places;
  out.key("transactions");
  out.begin_array();
  for (const auto& [tx, fee, sigops_cost] : choice.transactions) {
    out.begin_object();
    out.field_hex("data", tx->raw());
    out.key("txid"), out.hex_reversed(tx->txid.view());
    out.key("hash"), out.hex_reversed(tx->wtxid.view());
    std::vector<std::size_t> depends;
    for (const OutPoint& prevout : tx->prevouts()) {
      const auto parent = places.find(prevout.txid.to_string());
      if (parent != places.end()) depends.push_back(parent->second);
    }
    std::sort(depends.begin(), depends.end());
    depends.erase(std::unique(depends.begin(), depends.end()), depends.end());
    out.key("depends");
    out.begin_array();
    for (const std::size_t place : depends) out.uint64(place);
    out.end_array();
    out.field("fee", fee.sats);
    out.field("sigops", sigops_cost / sigops_scale);
    out.field("weight", tx->weight());
    out.end_object();
    places.emplace(tx->txid.to_string(), places.size() + 1);  // the coinbase has none
  }
  out.end_array();
}

void write_words(json::Writer& out, std::string_view name, std::initializer_list<std::string_view> words) {
  out.key(name);
  out.begin_array();
  for (const std::string_view word : words) {
    if (!word.empty()) out.string(word);
  }
  out.end_array();
}

// Deployments that miners may signal for, with their bits (BIP9).
void write_signalling(json::Writer& out, const consensus::Ancestry& line, const params::NetworkParams& network) {
  using consensus::ThresholdState;
  out.key("vbavailable");
  out.begin_object();
  for (const params::VersionBits& deployment : network.deployments) {
    const ThresholdState state = consensus::threshold_state(line, deployment);
    const bool is_open = state == ThresholdState::Started || state == ThresholdState::LockedIn;
    if (is_open) out.field(deployment.name, deployment.bit);
  }
  out.end_object();
}

void write_template(json::Writer& out, const Context& context, const BlockChoice& made) {
  const params::NetworkParams& network = context.network();
  const chain::EntryAncestry line{made.parent};
  const Height height = made.parent->height + 1;
  const UnixTime earliest = mining::earliest_time(*made.parent, network);
  const UnixTime time = std::max(earliest, context.clock().now());
  const CompactTarget target = consensus::next_target(line, static_cast<std::uint32_t>(time.seconds), network);
  const bool has_segwit = network.is_active(params::Buried::Segwit, height);
  const std::uint64_t scale = has_segwit ? 1 : kScaleBeforeSegwit;

  out.begin_object();
  write_words(out, "capabilities", {"proposal"});
  out.field("version", context.services().block_version.value_or(consensus::next_block_version(line, network)));
  write_words(
      out, "rules",
      {"csv", has_segwit ? "!segwit" : "", has_segwit ? "taproot" : "", network.signet_challenge ? "!signet" : ""});
  write_signalling(out, line, network);
  out.field("vbrequired", 0);
  out.field("previousblockhash", made.parent->hash.to_string());
  write_transactions(out, made.choice, scale);
  out.key("coinbaseaux"), out.begin_object(), out.end_object();
  out.field("coinbasevalue", consensus::block_subsidy(height, network).sats + made.choice.fees.sats);
  out.field("longpollid", id_of(*made.parent, made.sequence));
  out.field("target", target_text(target));
  out.field("mintime", earliest.seconds);
  write_words(out, "mutable", {"time", "transactions", "prevblock"});
  out.field("noncerange", "00000000ffffffff");
  out.field("sigoplimit", kSigopsLimit / scale);
  out.field("sizelimit", kSizeLimit / scale);
  if (has_segwit) out.field("weightlimit", kSizeLimit);
  out.field("curtime", time.seconds);
  out.field("bits", bits_text(target));
  out.field("height", height);
  if (network.signet_challenge) out.field_hex("signet_challenge", *network.signet_challenge);
  if (has_segwit) {
    std::vector<TxPtr> transactions;
    for (const auto& one : made.choice.transactions) transactions.push_back(unpack(one.tx));
    out.field_hex("default_witness_commitment", mining::commitment_script(transactions));
  }
  out.end_object();
}

Answer get_block_template(Context& context, const Arguments& arguments, json::Writer& out) {
  const json::Value& request = arguments.at(0);
  if (text_member(request, "mode") == "proposal") return judge_proposal(context, request, out);
  KP_TRY_VOID(check_request(context, request));
  const std::string known = text_member(request, "longpollid");
  if (!known.empty()) KP_TRY_VOID(wait_for_news(context, known));
  KP_TRY(const BlockChoice made, make_template(context));
  write_template(out, context, made);
  return Unit{};
}

constexpr std::array kWord{Parameter{.need = Need::Optional}};
constexpr std::array kRequest{
    Parameter{.name = "mode", .need = Need::Optional, .description = "template, or proposal to have a block judged"},
    Parameter{.name = "capabilities",
              .type = Type::Array,
              .need = Need::Optional,
              .description = "What the miner can do",
              .inner = kWord},
    Parameter{.name = "rules",
              .type = Type::Array,
              .description = "Soft forks that the miner knows; segwit must be among them",
              .inner = kWord},
    Parameter{.name = "longpollid", .need = Need::Optional, .description = "Wait until this template is old"},
    Parameter{.name = "data", .type = Type::Hex, .need = Need::Optional, .description = "A block to be judged"}};
constexpr std::array kParameters{
    Parameter{.name = "template_request", .type = Type::Object, .description = "What is wanted", .inner = kRequest}};

constexpr std::array kMethods{
    Method{.name = "getblocktemplate",
           .category = Category::Mining,
           .parameters = kParameters,
           .description = "Everything that a block on the tip needs but the nonce and where the coins go (BIP22).",
           .result = "{\"version\":n,\"previousblockhash\":\"hex\",\"transactions\":[...],\"coinbasevalue\":n,...}\n"
                     "for a proposal: null if it is fine, or the reason why not",
           .examples = "getblocktemplate '{\"rules\": [\"segwit\"]}'",
           .handler = get_block_template,
           .pace = Pace::Waits}};

}  // namespace

std::span<const Method> mining_template_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
