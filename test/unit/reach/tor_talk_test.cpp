// Copyright (c) 2026 The kepeng developers
// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <kepeng/base/hex.h>
#include <kepeng/crypto/hmac.h>
#include <kepeng/reach/tor_talk.h>

namespace kepeng::reach {
namespace {

using Awaits = LineTalk::Step::Awaits;

const std::string kServiceName = "2gzyxa5ihm7nsggfxnu52rck2vv4rvmdlkiu3zzui5du4xyclen53wid";
const std::string kKey = "ED25519-V3:" + std::string(86, 'a') + "==";

class TorTalkTest : public testing::Test {
 protected:
  TorTalk talk(TorTalk::Wish wish) {
    return TorTalk{std::move(wish),
                   {.read_cookie =
                        [this](const std::string& path) {
                          asked_path = path;
                          return cookie;
                        },
                    .nonce = [] { return Bytes(32, 7); },
                    .load_key = [this] { return key; },
                    .keep_key = [this](const std::string& made) { kept = made; },
                    .on_service = [this](const std::string& name) { services.push_back(name); },
                    .on_proxy = [this](const net::Endpoint& at) { proxy = at; }}};
  }
  TorTalk talk() { return talk({.service = net::Endpoint{"127.0.0.1", 18445}, .service_port = 18444}); }

  // Says all but the last line, which gives the answer.
  static LineTalk::Step say(TorTalk& talk, std::initializer_list<std::string> lines) {
    LineTalk::Step last;
    for (const std::string& line : lines) last = talk.on_line(line);
    return last;
  }
  static LineTalk::Step log_in(TorTalk& talk) {
    talk.begin();
    say(talk, {"250-AUTH METHODS=NULL", "250 OK"});
    return say(talk, {"250 OK"});
  }

  std::optional<Bytes> cookie = Bytes(32, 1);
  std::string asked_path;
  std::string key;
  std::string kept;
  std::vector<std::string> services;
  std::optional<net::Endpoint> proxy;
};

TEST_F(TorTalkTest, ANewServiceKeepsItsKey) {
  TorTalk tor = talk();
  EXPECT_EQ(tor.begin().send, "PROTOCOLINFO 1\r\n");
  EXPECT_EQ(say(tor, {"250-PROTOCOLINFO 1", "250-AUTH METHODS=NULL", "250-VERSION Tor=\"0.4.7\"", "250 OK"}).send,
            "AUTHENTICATE\r\n");
  EXPECT_EQ(say(tor, {"250 OK"}).send, "ADD_ONION NEW:ED25519-V3 PoWDefensesEnabled=1 Port=18444,127.0.0.1:18445\r\n");
  const auto done = say(tor, {"250-ServiceID=" + kServiceName, "250-PrivateKey=" + kKey, "250 OK"});
  EXPECT_FALSE(done.problem);
  EXPECT_EQ(done.awaits, Awaits::Nothing);
  EXPECT_EQ(kept, kKey);
  EXPECT_EQ(services, std::vector<std::string>{kServiceName + ".onion"});
  EXPECT_EQ(say(tor, {"650 something happened"}).awaits, Awaits::Nothing);
  tor.on_lost();
  tor.on_lost();
  EXPECT_EQ(services, (std::vector<std::string>{kServiceName + ".onion", ""}));
}

TEST_F(TorTalkTest, AKeptKeyIsUsedAndOneThatIsNoneIsLeftAlone) {
  key = kKey;
  TorTalk tor = talk();
  EXPECT_EQ(log_in(tor).send, "ADD_ONION " + kKey + " PoWDefensesEnabled=1 Port=18444,127.0.0.1:18445\r\n");
  say(tor, {"250-ServiceID=" + kServiceName, "250 OK"});
  EXPECT_TRUE(kept.empty());
  for (const std::string other : {"?", "ED25519-V3:", "ED25519-V3:a Port=1\r\nSIGNAL HALT", "RSA1024:aaaa"}) {
    key = other;
    TorTalk next = talk();
    EXPECT_EQ(log_in(next).problem,
              "The file with the key of the onion service holds something else. Move it away to get a new name.");
  }
}

TEST_F(TorTalkTest, AnOlderTorIsAskedWithoutDefence) {
  TorTalk tor = talk();
  log_in(tor);
  EXPECT_EQ(say(tor, {"512 Invalid argument"}).send, "ADD_ONION NEW:ED25519-V3 Port=18444,127.0.0.1:18445\r\n");
  EXPECT_EQ(say(tor, {"250-ServiceID=" + kServiceName, "250 OK"}).awaits, Awaits::Nothing);
  EXPECT_EQ(services.size(), 1u);
}

TEST_F(TorTalkTest, SafeCookie) {
  TorTalk tor = talk();
  tor.begin();
  const std::string nonce(64, '0');
  EXPECT_EQ(say(tor, {"250-AUTH METHODS=COOKIE,SAFECOOKIE COOKIEFILE=\"/run/tor/c\\\"\"", "250 OK"}).send,
            "AUTHCHALLENGE SAFECOOKIE " + to_hex(Bytes(32, 7)) + "\r\n");
  EXPECT_EQ(asked_path, "/run/tor/c\"");
  const Bytes server_nonce(32, 9);
  const auto proof = [&](std::string_view who) {
    Bytes message = *cookie;
    append(message, Bytes(32, 7));
    append(message, server_nonce);
    return to_hex(crypto::hmac_sha256(as_bytes(who), message));
  };
  EXPECT_EQ(
      say(tor, {"250 AUTHCHALLENGE SERVERHASH=" + proof("Tor safe cookie authentication server-to-controller hash") +
                " SERVERNONCE=" + to_hex(server_nonce)})
          .send,
      "AUTHENTICATE " + proof("Tor safe cookie authentication controller-to-server hash") + "\r\n");
}

TEST_F(TorTalkTest, WhoDoesNotKnowTheCookieLearnsNothing) {
  for (const std::string& answer :
       {"250 AUTHCHALLENGE SERVERHASH=" + std::string(64, '0') + " SERVERNONCE=" + std::string(64, '0'),
        std::string{"250 AUTHCHALLENGE SERVERNONCE=00"}, std::string{"250 OK"},
        std::string{"250 AUTHCHALLENGE SERVERHASH=\""}, std::string{"513 no"}}) {
    TorTalk tor = talk();
    tor.begin();
    say(tor, {"250-AUTH METHODS=SAFECOOKIE COOKIEFILE=\"/c\"", "250 OK"});
    const auto step = say(tor, {answer});
    EXPECT_TRUE(step.problem) << answer;
    EXPECT_TRUE(step.send.empty());
  }
}

TEST_F(TorTalkTest, LoginsThatCannotBe) {
  const auto problem = [&](TorTalk tor, const std::string& auth) {
    tor.begin();
    return say(tor, {auth, "250 OK"}).problem.value_or("");
  };
  EXPECT_NE(problem(talk({.password = "p"}), "250-AUTH METHODS=NULL").find("Tor takes no password"), std::string::npos);
  EXPECT_NE(problem(talk(), "250-AUTH METHODS=HASHEDPASSWORD").find("set -torpassword"), std::string::npos);
  EXPECT_NE(problem(talk(), "250-AUTH METHODS=COOKIE COOKIEFILE=\"/c\"").find("CookieAuthentication"),
            std::string::npos);
  EXPECT_NE(problem(talk(), "250-AUTH METHODS=\"open").find("how to log in"), std::string::npos);
  EXPECT_NE(problem(talk(), "250-VERSION Tor=\"1\"").find("how to log in"), std::string::npos);
  const std::string by_cookie = "250-AUTH METHODS=SAFECOOKIE COOKIEFILE=\"/c\"";
  cookie = Bytes(31, 1);
  EXPECT_NE(problem(talk(), by_cookie).find("does not have 32 bytes"), std::string::npos);
  cookie.reset();
  EXPECT_NE(problem(talk(), by_cookie).find("cannot be read"), std::string::npos);
  TorTalk refused = talk({.password = "it's \"me\""});
  refused.begin();
  EXPECT_EQ(say(refused, {"250-AUTH METHODS=HASHEDPASSWORD", "250 OK"}).send, "AUTHENTICATE \"it's \\\"me\\\"\"\r\n");
  EXPECT_EQ(say(refused, {"515 Authentication failed"}).problem, "Tor refuses the login: 515 Authentication failed.");
}

TEST_F(TorTalkTest, TheProxyIsOneOfThisMachine) {
  const auto found = [&](std::initializer_list<std::string> answer) {
    proxy.reset();
    TorTalk tor = talk({.proxy = TorTalk::Wish::Proxy::Wanted});
    EXPECT_EQ(log_in(tor).send, "GETINFO net/listeners/socks\r\n");
    EXPECT_EQ(say(tor, answer).awaits, Awaits::Nothing);
    return proxy ? proxy->to_string() : "none";
  };
  const std::string line = "250-net/listeners/socks=";
  EXPECT_EQ(found({line + R"("unix:/run/tor/socks" "10.0.0.1:9050" "127.0.0.1:9150")", "250 OK"}), "127.0.0.1:9150");
  EXPECT_EQ(found({line + R"("[::1]:99")", "250 OK"}), "[::1]:99");
  EXPECT_EQ(found({line, "250 OK"}), "none");
  EXPECT_EQ(found({line + R"(" ""127.0.0.1" x)", "250 OK"}), "none");
  EXPECT_EQ(found({"552 Unrecognized key"}), "127.0.0.1:9050");
}

TEST_F(TorTalkTest, DamageEndsIt) {
  const auto problem = [&](std::initializer_list<std::string> lines) {
    TorTalk tor = talk();
    log_in(tor);
    const auto step = say(tor, lines);
    EXPECT_TRUE(services.empty());
    return step.problem.value_or("");
  };
  EXPECT_EQ(problem({"garbage"}), "The service at -torcontrol does not speak Tor's control protocol.");
  EXPECT_EQ(problem({"512 Invalid key", "512 Invalid key"}), "Tor refuses the onion service: 512 Invalid key.");
  EXPECT_EQ(problem({"250 OK"}), "Tor answers ADD_ONION without the name of a service.");
  EXPECT_EQ(problem({"250-ServiceID=" + std::string(56, 'a'), "250 OK"}),
            "Tor answers ADD_ONION without the name of a service.");
  EXPECT_EQ(problem({"250-ServiceID=" + kServiceName, "250-PrivateKey=x y", "250 OK"}),
            "Tor answers ADD_ONION with a key of an unknown form.");
  EXPECT_TRUE(kept.empty());
}

}  // namespace
}  // namespace kepeng::reach
