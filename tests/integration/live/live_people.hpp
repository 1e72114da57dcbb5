#pragma once
#include "live_story.hpp"
#include "sip_agent.hpp"

#include <calluna/sim/actors.hpp>

#include <map>
#include <memory>
#include <set>
#include <string>

namespace calluna::integration {

/// People with telephones around a real PBX, who do what sim::actors do around an offline one; and
/// which SIP call is which channel.
class live_people {
 public:
  live_people(io::executor on, std::uint16_t port, std::uint16_t pbx_port, live_story& story);

  sip_agent& phones() noexcept { return agent_; }
  void set_phone(std::string const& number, sim::behaviour b) { phones_[number] = std::move(b); }
  void set_number(std::string const& number, sim::behaviour b) { numbers_[number] = std::move(b); }

  /// The PBX has told whose channel that is.
  void match(std::string const& call_id, std::uint64_t serial);
  /// 0, null: not known.
  std::uint64_t serial_of(sip_agent::call const& c) const;
  sip_agent::call call_of(std::uint64_t serial) const;
  /// `act` if the call still goes on after `span`.
  void later(sip_agent::call const& c, sim::span span, std::function<void()> act);

 private:
  void called(sip_agent::call const& c);
  void up(sip_agent::call const& c);
  sim::behaviour behaviour_of(sip_call const& c) const;

  io::executor on_;
  live_story& story_;
  sip_agent agent_;
  std::map<std::string, sim::behaviour> phones_, numbers_;
  std::map<std::string, std::uint64_t> serials_;  ///< by Call-ID
  std::map<std::uint64_t, std::string> calls_;
};

}  // namespace calluna::integration
