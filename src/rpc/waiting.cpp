// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

// Methods that wait for the chain.

#include <algorithm>
#include <array>

#include <kepeng/rpc/families.h>
#include <kepeng/rpc/values.h>

namespace kepeng::rpc {
namespace {

using View = std::shared_ptr<const chain::ChainView>;

// How often a waiting call looks whether its client is still there.
constexpr std::int64_t kLookAroundMs = 500;

// A span of waiting, from the moment at which it is made.
class Patience {
 public:
  static Result<Patience, RpcError> from(const Arguments& arguments, std::size_t place) {
    KP_TRY(const auto timeout_ms, arguments.integer(place));
    if (timeout_ms < 0) return fail(Code::Misc, "Negative timeout");
    return Patience{timeout_ms};
  }

  // Until `good(view)`, or the time is over, the client gone, or the node about to stop.
  template <class Good>
  View wait(const Context& context, View view, const Good& good) const {
    while (!good(*view)) {
      const std::int64_t left_ms =
          timeout_ms_ == 0 ? kLookAroundMs : timeout_ms_ - (steady_ns() - start_ns_) / 1'000'000;
      const auto& stopping = context.services().is_stopping;
      if (left_ms <= 0 || (stopping && stopping()) || (context.caller().gone && context.caller().gone())) break;
      view = context.engine().wait_for_tip(view->tip()->hash, std::min(left_ms, kLookAroundMs));
    }
    return view;
  }

 private:
  explicit Patience(std::int64_t timeout_ms) : timeout_ms_{timeout_ms} {}
  std::int64_t timeout_ms_;  // 0: without limit
  std::int64_t start_ns_ = steady_ns();
};

Answer write_tip(json::Writer& out, const chain::ChainView& view) {
  out.begin_object();
  out.field("hash", view.tip()->hash.to_string());
  out.field("height", view.height());
  out.end_object();
  return Unit{};
}

Answer wait_for_new_block(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const Patience patience, Patience::from(arguments, 0));
  const View view = context.engine().view();
  BlockHash known = view->tip()->hash;
  if (arguments.find(1) != nullptr) {
    KP_TRY(known, hash_from<BlockHash>(arguments.string(1), "current_tip"));
  }
  return write_tip(out, *patience.wait(context, view, [&](const auto& now) { return now.tip()->hash != known; }));
}

Answer wait_for_block(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const BlockHash hash, hash_from<BlockHash>(arguments.string(0), "blockhash"));
  KP_TRY(const Patience patience, Patience::from(arguments, 1));
  const View view = context.engine().view();
  return write_tip(out, *patience.wait(context, view, [&](const auto& now) { return now.tip()->hash == hash; }));
}

Answer wait_for_block_height(Context& context, const Arguments& arguments, json::Writer& out) {
  KP_TRY(const auto height, arguments.integer<Height>(0));
  KP_TRY(const Patience patience, Patience::from(arguments, 1));
  const View view = context.engine().view();
  return write_tip(out, *patience.wait(context, view, [&](const auto& now) { return now.height() >= height; }));
}

// Everything that was submitted is done when the chain thread answers.
Answer sync_with_validation(Context& context, const Arguments&, json::Writer&) {
  KP_TRY_VOID(or_rpc_error(context.engine().activate_best_chain()));
  return Unit{};
}

constexpr Parameter kTimeout{.name = "timeout",
                             .type = Type::Number,
                             .need = Need::Optional,
                             .fallback = "0",
                             .description = "Milliseconds to wait at most; 0 waits without limit"};
constexpr std::array kNewBlockParameters{
    kTimeout, Parameter{.name = "current_tip",
                        .type = Type::Hex,
                        .need = Need::Optional,
                        .fallback = "the tip of the moment",
                        .description = "The block that the caller knows: any other tip ends the wait"}};
constexpr std::array kBlockParameters{
    Parameter{.name = "blockhash", .type = Type::Hex, .description = "The block to wait for"}, kTimeout};
constexpr std::array kHeightParameters{
    Parameter{.name = "height", .type = Type::Number, .description = "The height to wait for"}, kTimeout};

constexpr std::string_view kTipResult =
    "{    (json object) the tip when the wait ended\n  \"hash\" : \"hex\",    (string)\n  \"height\" : n    "
    "(numeric)\n}";

constexpr std::array kMethods{
    Method{.name = "waitfornewblock",
           .category = Category::Blockchain,
           .parameters = kNewBlockParameters,
           .description = "Waits until the tip of the chain is another one.",
           .result = kTipResult,
           .examples = "waitfornewblock 1000",
           .handler = wait_for_new_block,
           .pace = Pace::Waits},
    Method{.name = "waitforblock",
           .category = Category::Blockchain,
           .parameters = kBlockParameters,
           .description = "Waits until a certain block is the tip of the chain.",
           .result = kTipResult,
           .examples = "waitforblock \"hash\" 1000",
           .handler = wait_for_block,
           .pace = Pace::Waits},
    Method{.name = "waitforblockheight",
           .category = Category::Blockchain,
           .parameters = kHeightParameters,
           .description = "Waits until the chain has at least this height.",
           .result = kTipResult,
           .examples = "waitforblockheight 100 1000",
           .handler = wait_for_block_height,
           .pace = Pace::Waits},
    Method{.name = "syncwithvalidationinterfacequeue",
           .description = "Waits until everything that was submitted so far has been dealt with.",
           .handler = sync_with_validation}};

}  // namespace

std::span<const Method> waiting_methods() {
  return kMethods;
}

}  // namespace kepeng::rpc
