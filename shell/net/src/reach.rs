//! From a name to a connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::Stage;

/// Why there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreached {
    /// The name has no address.
    UnknownHost,
    /// Nothing listens on the port.
    Refused,
    /// The machine or its network cannot be reached.
    Unreachable,
    /// Nothing came in time.
    Timeout(Stage),
}

/// The addresses of a name, in the order of the name service.
pub async fn resolve(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, Unreached> {
    let found = timeout(limit, lookup_host((host, port))).await.map_err(|_| Unreached::Timeout(Stage::Name))?;
    Ok(found.map_err(|_| Unreached::UnknownHost)?.collect())
}

/// Connects to the first address that answers; each gets an equal share of the time. The error is that of the last one.
pub async fn connect_first(addresses: &[SocketAddr], limit: Duration) -> Result<TcpStream, Unreached> {
    let share = limit / u32::try_from(addresses.len().max(1)).unwrap_or(u32::MAX);
    let mut error = Unreached::UnknownHost;
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                // Small requests wait for nothing; without it they are only slower.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Ok(Err(fault)) => error = Unreached::from_connect(&fault),
            Err(_) => error = Unreached::Timeout(Stage::Connect),
        }
    }
    Err(error)
}

impl Unreached {
    fn from_connect(fault: &io::Error) -> Self {
        match fault.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::Timeout(Stage::Connect),
            _ => Self::Unreachable,
        }
    }
}
