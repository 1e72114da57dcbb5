#pragma once
#include <calluna/ami/client.hpp>
#include <calluna/ari/client.hpp>
#include <calluna/calls/snapshot.hpp>
#include <calluna/log.hpp>
#include <calluna/result.hpp>
#include <calluna/unique_function.hpp>

#include <memory>

namespace calluna::runtime {

using read_back_done = unique_function<void(result<calls::snapshot>)>;

/// Asks a PBX for its channels, bridges, queues and parked calls. `done` once, on the client's
/// executor. Queues and parking lots may be missing (no such module, no right to ask: the log says
/// so); without its channels it fails, as an action does.
void read_back(ami::client& from, unsigned pbx, logger log, read_back_done done);
/// The same over ARI, which knows channels and bridges.
void read_back(std::shared_ptr<ari::client> const& from, unsigned pbx, read_back_done done);

/// Now, as calls count time.
calls::moment moment_now();

}  // namespace calluna::runtime
