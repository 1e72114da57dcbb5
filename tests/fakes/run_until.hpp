#pragma once
#include <boost/asio/io_context.hpp>

#include <chrono>

namespace calluna::fakes {

/// Runs `io` handler by handler until `done()`; false if that does not come true within `limit`.
template <class Done>
bool run_until(boost::asio::io_context& io, Done done,
               std::chrono::milliseconds limit = std::chrono::seconds(20)) {
  auto const deadline = std::chrono::steady_clock::now() + limit;
  io.restart();
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    if (io.stopped()) io.restart();
    io.run_one_for(std::chrono::milliseconds(50));
  }
  return true;
}

}  // namespace calluna::fakes
