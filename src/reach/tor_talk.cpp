// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <kepeng/reach/tor_talk.h>

#include <algorithm>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/hmac.h>
#include <kepeng/wire/network_address.h>

namespace kepeng::reach {
namespace {

constexpr int kOk = 250;
constexpr int kSyntaxError = 512;
constexpr std::size_t kCookieBytes = 32;
constexpr std::string_view kNewKey = "NEW:ED25519-V3";
constexpr std::string_view kKeyPrefix = "ED25519-V3:";
constexpr std::size_t kKeyBytesMax = 200;
// Who proves to whom that he knows the cookie (control-spec 3.24).
constexpr std::string_view kServerProof = "Tor safe cookie authentication server-to-controller hash";
constexpr std::string_view kClientProof = "Tor safe cookie authentication controller-to-server hash";
const net::Endpoint kUsualProxy{"127.0.0.1", 9050};

LineTalk::Step fail(std::string why) {
  LineTalk::Step step;
  step.problem = std::move(why);
  return step;
}

LineTalk::Step idle() {
  LineTalk::Step step;
  step.awaits = LineTalk::Step::Awaits::Nothing;
  return step;
}

std::string refusal(std::string_view what, const TorReply& reply) {
  return "Tor refuses " + std::string{what} + ": " + std::to_string(reply.code) + " " + reply.lines.front() + ".";
}

crypto::Hash32 proof(std::string_view who, std::initializer_list<ByteView> parts) {
  crypto::HmacSha256 code{as_bytes(who)};
  for (const ByteView part : parts) code.write(part);
  return code.finalize();
}

bool has_method(std::string_view methods, std::string_view wanted) {
  for (;;) {
    const std::size_t comma = std::min(methods.find(','), methods.size());
    if (methods.substr(0, comma) == wanted) return true;
    if (comma == methods.size()) return false;
    methods.remove_prefix(comma + 1);
  }
}

// Of quoted words, the first that is an address of this machine; others are paths, or for somebody else.
std::optional<net::Endpoint> local_listener(std::string_view list) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(' '), list.size());
    std::string_view word = list.substr(0, end);
    list.remove_prefix(std::min(end + 1, list.size()));
    if (word.size() < 2 || !word.starts_with('"') || !word.ends_with('"')) continue;
    word = word.substr(1, word.size() - 2);
    const auto at = net::Endpoint::parse(word, kUsualProxy.port);
    const auto address = at ? wire::NetworkAddress::from_string(at->host) : std::nullopt;
    if (address && address->is_local()) return at;
  }
  return std::nullopt;
}

}  // namespace

bool is_onion_key(std::string_view text) {
  constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
  if (!text.starts_with(kKeyPrefix) || text.size() > kKeyBytesMax) return false;
  text.remove_prefix(kKeyPrefix.size());
  return !text.empty() && text.find_first_not_of(kBase64) == std::string_view::npos;
}

LineTalk::Step TorTalk::begin() {
  reader_ = {};
  defends_ = true;
  return ask(Awaits::ProtocolInfo, "PROTOCOLINFO 1");
}

LineTalk::Step TorTalk::ask(Awaits for_what, const std::string& command) {
  awaits_ = for_what;
  Step step;
  step.send = command + "\r\n";
  return step;
}

void TorTalk::on_lost() {
  awaits_ = Awaits::Nothing;
  if (std::exchange(has_service_, false)) hooks_.on_service({});
}

LineTalk::Step TorTalk::on_line(std::string_view line) {
  auto reply = reader_.take(line);
  if (!reply) return fail("The service at -torcontrol does not speak Tor's control protocol.");
  // What was not asked for changes nothing about what is awaited.
  if (!*reply || (*reply)->is_event()) return awaits_ == Awaits::Nothing ? idle() : Step{};
  return on_reply(**reply);
}

LineTalk::Step TorTalk::on_reply(const TorReply& reply) {
  switch (awaits_) {
    case Awaits::ProtocolInfo:
      return on_protocol_info(reply);
    case Awaits::Challenge:
      return on_challenge(reply);
    case Awaits::Login:
      if (reply.code != kOk) return fail(refusal("the login", reply));
      return after_login();
    case Awaits::Proxy:
      return on_proxy(reply);
    case Awaits::Service:
      return on_service(reply);
    case Awaits::Nothing:
      break;
  }
  return idle();
}

LineTalk::Step TorTalk::on_protocol_info(const TorReply& reply) {
  if (reply.code != kOk) return fail(refusal("PROTOCOLINFO", reply));
  const auto line = reply.find("AUTH");
  const auto fields = line ? parse_tor_fields(*line) : std::nullopt;
  if (!fields || !fields->contains("METHODS")) return fail("Tor does not say how to log in.");
  const std::string& methods = fields->at("METHODS");
  if (!wish_.password.empty()) {
    if (!has_method(methods, "HASHEDPASSWORD")) {
      return fail("Tor takes no password. Leave -torpassword away, or set HashedControlPassword in torrc.");
    }
    return ask(Awaits::Login, "AUTHENTICATE " + quote_for_tor(wish_.password));
  }
  if (has_method(methods, "NULL")) return ask(Awaits::Login, "AUTHENTICATE");
  if (has_method(methods, "SAFECOOKIE") && fields->contains("COOKIEFILE")) {
    return log_in_by_cookie(fields->at("COOKIEFILE"));
  }
  if (has_method(methods, "HASHEDPASSWORD")) return fail("Tor wants a password: set -torpassword.");
  return fail("Tor knows no way to log in that can be used here. Set CookieAuthentication 1 in torrc.");
}

LineTalk::Step TorTalk::log_in_by_cookie(const std::string& file) {
  auto cookie = hooks_.read_cookie(file);
  if (!cookie) {
    return fail("Tor's cookie " + file +
                " cannot be read. Let the user of this process read it (group debian-tor, CookieAuthFileGroupReadable "
                "1), or set -torpassword.");
  }
  if (cookie->size() != kCookieBytes) return fail("Tor's cookie " + file + " does not have 32 bytes.");
  cookie_ = std::move(*cookie);
  nonce_ = hooks_.nonce();
  return ask(Awaits::Challenge, "AUTHCHALLENGE SAFECOOKIE " + to_hex(nonce_));
}

LineTalk::Step TorTalk::on_challenge(const TorReply& reply) {
  if (reply.code != kOk) return fail(refusal("AUTHCHALLENGE", reply));
  const auto line = reply.find("AUTHCHALLENGE");
  const auto fields = line ? parse_tor_fields(*line) : std::nullopt;
  const auto bytes_in = [&](const char* name) {
    const bool is_there = fields && fields->contains(name);
    return (is_there ? from_hex(fields->at(name)) : std::nullopt).value_or(Bytes{});
  };
  const Bytes theirs = bytes_in("SERVERHASH");
  const Bytes server_nonce = bytes_in("SERVERNONCE");
  if (server_nonce.size() != kCookieBytes) return fail("Tor answers AUTHCHALLENGE without a nonce.");
  // Who does not know the cookie is not Tor, and would like to learn it.
  if (!equal(theirs, proof(kServerProof, {cookie_, nonce_, server_nonce}))) {
    return fail("The service at -torcontrol does not know Tor's cookie.");
  }
  const crypto::Hash32 ours = proof(kClientProof, {cookie_, nonce_, server_nonce});
  cookie_.clear();
  return ask(Awaits::Login, "AUTHENTICATE " + to_hex(ours));
}

LineTalk::Step TorTalk::after_login() {
  if (wish_.proxy == Wish::Proxy::Wanted) return ask(Awaits::Proxy, "GETINFO net/listeners/socks");
  return ask_for_service();
}

// One that is on this machine. A Tor that does not say has the usual one; one that has none is of no use as a proxy.
LineTalk::Step TorTalk::on_proxy(const TorReply& reply) {
  if (reply.code != kOk) {
    hooks_.on_proxy(kUsualProxy);
  } else if (const auto proxy = local_listener(reply.value("net/listeners/socks").value_or(""))) {
    hooks_.on_proxy(*proxy);
  }
  return ask_for_service();
}

LineTalk::Step TorTalk::ask_for_service() {
  if (!wish_.service) {
    awaits_ = Awaits::Nothing;
    return idle();
  }
  const std::string kept = hooks_.load_key();
  if (!kept.empty() && !is_onion_key(kept)) {
    return fail("The file with the key of the onion service holds something else. Move it away to get a new name.");
  }
  const std::string defence = defends_ ? " PoWDefensesEnabled=1" : "";
  return ask(Awaits::Service, "ADD_ONION " + (kept.empty() ? std::string{kNewKey} : kept) + defence +
                                  " Port=" + std::to_string(wish_.service_port) + "," + wish_.service->to_string());
}

LineTalk::Step TorTalk::on_service(const TorReply& reply) {
  // Older ones do not know the defence, or were built without it.
  if (reply.code == kSyntaxError && std::exchange(defends_, false)) return ask_for_service();
  if (reply.code != kOk) return fail(refusal("the onion service", reply));
  const auto id = reply.value("ServiceID");
  const std::string name = std::string{id.value_or("")} + ".onion";
  if (!wire::NetworkAddress::from_string(name)) return fail("Tor answers ADD_ONION without the name of a service.");
  if (const auto key = reply.value("PrivateKey")) {
    if (!is_onion_key(*key)) return fail("Tor answers ADD_ONION with a key of an unknown form.");
    hooks_.keep_key(std::string{*key});
  }
  awaits_ = Awaits::Nothing;
  has_service_ = true;
  hooks_.on_service(name);
  return idle();
}

}  // namespace kepeng::reach
