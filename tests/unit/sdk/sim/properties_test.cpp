// Random people, many seeds: whatever they do, nothing is left and nothing happens out of order.
#include "told.hpp"

#include <calluna/sim/agi_front.hpp>

#include <gtest/gtest.h>

namespace calluna::sim {
namespace {

using namespace std::chrono_literals;

/// What one channel's events must obey.
struct law {
  bool created = false, ended = false, in_stasis = false;
  int state = 0;
  std::string bridge;
  int dials = 0;
};

class sim_property : public testing::Test {
 protected:
  /// Lets a random day pass and gives all that was told.
  std::vector<std::string> day(std::uint64_t seed) {
    test::office o(seed);
    auto& m = o.pbx;
    std::map<std::uint64_t, law> laws;
    m.listen([&](event const& e) { check(e, laws); });
    m.set_application("support", true);
    m.queues()["sales"].members.push_back({"Local/both@from-trunk", "Far"});
    auto const pick = [&](std::uint64_t n) { return m.chance()() % n; };
    EXPECT_TRUE(m.plan().read(R"(
[from-trunk]
include => parkedcalls
exten => park,1,Park()
exten => local,1,Dial(Local/101@from-trunk,20)
exten => kept,1,Dial(Local/both@from-trunk/n&PJSIP/102,20)
exten => nowhere,1,Dial(Local/gone@from-trunk,20)
exten => gone,1,Hangup(17)
exten => conf,1,ConfBridge(blue)
exten => agi,1,AGI(agi://127.0.0.1/random)
 same => n,Wait(5)
exten => steal,1,Pickup(101@from-phones&102@from-phones)
 same => n,Wait(5)
)"));
    std::vector<std::string> const extens{"101",  "both",  "app",   "queue", "wait",
                                          "park", "701",   "local", "kept",  "nowhere",
                                          "conf", "steal", "agi",   "*8"};
    agi_front front(m);
    std::vector<std::unique_ptr<agi_talk>> programs;
    front.on_request = [&](agi_request const& r) {
      programs.push_back(std::make_unique<agi_talk>(front, r, [](std::string const&) {}));
      programs.back()->begin();
    };
    std::vector<std::string> const commands{"ANSWER",
                                            "HANGUP",
                                            "WAIT FOR DIGIT 900",
                                            "EXEC Dial PJSIP/102,5",
                                            "EXEC Park",
                                            "EXEC Pickup 101@from-phones",
                                            "EXEC ConfBridge blue",
                                            "STREAM FILE x \"12\"",
                                            "EXEC Stasis support"};
    using kind = behaviour::kind;
    std::vector<kind> const kinds{kind::answer, kind::noanswer, kind::busy, kind::reject,
                                  kind::congestion};
    for (int i = 0; i < 60; ++i) {
      o.pass(static_cast<double>(pick(4000)) / 1000);
      auto const any = [&]() -> channel* {
        if (m.channels().empty()) return nullptr;
        auto at = m.channels().begin();
        std::advance(at, static_cast<long>(pick(m.channels().size())));
        return at->second.get();
      };
      auto* const c = any();
      switch (pick(20)) {
        case 0:
        case 1:
        case 2:
          o.call(extens[pick(extens.size())]);
          break;
        case 3: {
          behaviour b{kinds[pick(kinds.size())], std::chrono::milliseconds(pick(5000))};
          if (pick(2) == 0) b.hang_up_after = std::chrono::seconds(pick(20));
          o.people.set_behaviour(pick(2) == 0 ? "PJSIP/101" : "PJSIP/102", b);
          break;
        }
        case 4:
          if (c != nullptr) m.device_hangs_up(c->serial);
          break;
        case 5:
          if (c != nullptr) m.hang_up(*c, 16);
          break;
        case 6:
          if (c != nullptr) m.redirect(*c, "from-trunk", extens[pick(extens.size())], 1);
          break;
        case 7:
          if (c != nullptr) (void)m.blind_transfer(*c, "from-trunk", "101");
          break;
        case 8:
          if (c != nullptr && c->stasis) {
            auto* b = m.find_bridge("room");
            if (b == nullptr) b = *m.create_bridge("room", "mixing", "");
            m.add_to_bridge(*b, *c);
          }
          break;
        case 9: {
          originate_request r;
          r.dial_string = pick(2) == 0 ? "PJSIP/101" : "PJSIP/0171@trunk";
          r.app = "support";
          (void)m.originate(std::move(r));
          break;
        }
        case 10:
          if (c != nullptr) m.device_presses(c->serial, "12");
          if (c != nullptr && c->stasis) (void)m.play("", "channel:" + c->id, {"sound:a"}, "");
          break;
        case 11:
          if (c != nullptr) m.begin_consultation(*c, "from-trunk", pick(2) == 0 ? "101" : "gone");
          break;
        case 12:
          if (c != nullptr) m.cancel_consultation(*c);
          break;
        case 13:
          if (c != nullptr && c->state == channel_state::up) {
            auto* const stays = m.peer_of(*c);
            auto const space = m.park(*c, "", "PJSIP/101", 10s);
            if (space && stays != nullptr) m.announce_space(*stays, *space);
          }
          break;
        case 14:
          if (c != nullptr && c->endpoint.rfind("PJSIP", 0) == 0)
            (void)m.device_consults(c->serial, "102");
          break;
        case 15:
          if (auto* const other = any(); c != nullptr && other != c)
            (void)m.device_completes(c->serial, other->serial);
          break;
        case 17:
          if (!programs.empty())
            programs[pick(programs.size())]->take(commands[pick(commands.size())] + "\n");
          break;
        case 18:
          if (!programs.empty()) programs[pick(programs.size())]->close();
          break;
        case 16: {
          originate_request r;
          r.dial_string = "Local/101@from-trunk";
          r.context = "from-trunk";
          r.exten = extens[pick(extens.size() - 1)];
          (void)m.originate(std::move(r));
          break;
        }
        default:
          if (c != nullptr && c->stasis) m.continue_in_dialplan(*c, {});
      }
    }
    // Everybody goes home.
    for (auto const& program : programs) program->close();
    front.on_request = nullptr;
    std::vector<std::uint64_t> left;
    for (auto const& [serial, c] : m.channels()) left.push_back(serial);
    for (auto const serial : left) m.device_hangs_up(serial);
    o.pass(4000);
    left.clear();
    for (auto const& [serial, c] : m.channels()) left.push_back(serial);
    for (auto const serial : left)
      if (auto* const c = m.alive(serial)) m.hang_up(*c, 16);
    o.pass(60);
    if (auto* const b = m.find_bridge("room")) m.destroy_bridge(*b);
    EXPECT_TRUE(m.channels().empty()) << "seed " << seed;
    for (auto const& [serial, b] : m.bridges())
      EXPECT_EQ(b->bridge_class, "parking") << "seed " << seed << " " << b->id;
    EXPECT_TRUE(m.parked().empty()) << "seed " << seed;
    EXPECT_TRUE(m.queues()["sales"].waiting.empty()) << "seed " << seed;
    EXPECT_EQ(m.find_endpoint("PJSIP/101")->device_state, "NOT_INUSE") << "seed " << seed;
    for (auto const& [serial, l] : laws) EXPECT_TRUE(l.ended) << "seed " << seed;
    return o.heard.all;
  }

  static void check(event const& e, std::map<std::uint64_t, law>& laws) {
    for (auto const* c : {e.channel, e.other}) {
      if (c == nullptr) continue;
      auto& l = laws[c->serial];
      EXPECT_FALSE(l.ended) << c->name << " has ended, and yet something is told of it";
      EXPECT_TRUE(l.created || e.kind == event_kind::channel_created) << c->name;
    }
    if (e.channel == nullptr) return;
    auto& l = laws[e.channel->serial];
    auto const& name = e.channel->name;
    switch (e.kind) {
      case event_kind::channel_created:
        EXPECT_FALSE(l.created) << name;
        l.created = true;
        break;
      case event_kind::channel_state:
        EXPECT_GT(static_cast<int>(e.channel->state), l.state) << name;
        l.state = static_cast<int>(e.channel->state);
        break;
      case event_kind::bridge_entered:
        EXPECT_EQ(l.bridge, "") << name;
        l.bridge = e.bridge->id;
        break;
      case event_kind::bridge_left:
        EXPECT_EQ(l.bridge, e.bridge->id) << name;
        l.bridge.clear();
        break;
      case event_kind::stasis_start:
        EXPECT_FALSE(l.in_stasis) << name;
        l.in_stasis = true;
        break;
      case event_kind::stasis_end:
        EXPECT_TRUE(l.in_stasis) << name;
        l.in_stasis = false;
        break;
      case event_kind::channel_ended:
        EXPECT_FALSE(l.in_stasis) << name;
        EXPECT_EQ(l.bridge, "") << name;
        l.ended = true;
        break;
      default:
        break;
    }
  }
};

TEST_F(sim_property, nothing_is_left_of_any_day_and_each_channel_keeps_the_order) {
  for (std::uint64_t seed = 1; seed <= 1000 && !HasFailure(); ++seed) day(seed);
}

TEST_F(sim_property, one_seed_is_one_story) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) EXPECT_EQ(day(seed), day(seed));
  EXPECT_NE(day(1), day(2));
}

}  // namespace
}  // namespace calluna::sim
