#pragma once
#include "needs.hpp"

#include <calluna/runtime/doctor.hpp>

#include <boost/asio/io_context.hpp>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace calluna::runtime::doctor {

/// How long anything is waited for.
inline constexpr std::chrono::seconds patience{10};

/// Runs the loop until `done()`; false: the time was over.
template <class Done>
bool run_until(boost::asio::io_context& loop, Done done) {
  auto const end = std::chrono::steady_clock::now() + patience;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    loop.restart();
    loop.run_one_until(end);
  }
  return true;
}

/// [pbx.NAME.ami]: can it be reached, may it do what is needed, are the clocks the same.
void look_at_ami(ami::client_options options, std::vector<need> const& needs, teller const& tell);
/// [pbx.NAME.ari]: can it be reached, does its WebSocket come up, may it write.
void look_at_ari(ari::client_options options, teller const& tell);
/// [odoo.NAME]: does it answer, is the key taken, may partners be read.
void look_at_odoo(erp::client_options options, teller const& tell);
/// What the apps that run say of themselves: their `check`, asked over the control socket.
void ask_apps(config const& settings, std::set<std::string> const& with_check, teller const& tell);
/// An address to listen at: is it free.
void look_at_address(std::string const& where, std::string const& address, std::uint16_t port,
                     teller const& tell);

}  // namespace calluna::runtime::doctor
