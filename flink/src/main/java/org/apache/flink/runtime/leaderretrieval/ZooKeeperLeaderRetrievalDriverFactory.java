package org.apache.flink.runtime.leaderretrieval;

import org.apache.flink.runtime.leaderretrieval.ZooKeeperLeaderRetrievalDriver.LeaderInformationClearancePolicy;
import org.apache.flink.runtime.rpc.FatalErrorHandler;
import org.apache.flink.shaded.curator5.org.apache.curator.framework.CuratorFramework;
import org.apache.flink.shaded.curator5.org.apache.curator.framework.state.ConnectionState;
import org.apache.flink.shaded.curator5.org.apache.curator.framework.state.ConnectionStateListener;

/**
 * Stands in front of Flink's class of this name, and follows a leader over the loss of a ZooKeeper session, too. Flink's driver watches the
 * leader's znode by Curator's TreeCache. A JobManager that stops deletes that znode, and the cache waits for another one by a watch. With
 * the session the watch is gone; where the znode is still absent at the reconnection, the cache sees nothing new and sets no watch again:
 * the TaskManager never hears of the next JobManager, and ends after taskmanager.registration.timeout. So each new session gets a new
 * driver. Seen with Flink 1.19.3 and Curator 5.4; it can go once tests/local/flink.services.test.ts passes without it.
 */
public final class ZooKeeperLeaderRetrievalDriverFactory implements LeaderRetrievalDriverFactory {
  private final CuratorFramework client;
  private final String path;
  private final LeaderInformationClearancePolicy policy;

  public ZooKeeperLeaderRetrievalDriverFactory(
      CuratorFramework client, String path, LeaderInformationClearancePolicy policy) {
    this.client = client;
    this.path = path;
    this.policy = policy;
  }

  @Override
  public LeaderRetrievalDriver createLeaderRetrievalDriver(
      LeaderRetrievalEventHandler leaderEvents, FatalErrorHandler fatalErrors) throws Exception {
    SessionDriver driver = new SessionDriver(leaderEvents, fatalErrors);
    driver.open();
    return driver;
  }

  /** One driver of Flink's for each session. */
  private final class SessionDriver implements LeaderRetrievalDriver, ConnectionStateListener {
    private final LeaderRetrievalEventHandler leaderEvents;
    private final FatalErrorHandler fatalErrors;
    private ZooKeeperLeaderRetrievalDriver current;
    private boolean sessionLost;
    private boolean closed;

    SessionDriver(LeaderRetrievalEventHandler leaderEvents, FatalErrorHandler fatalErrors) {
      this.leaderEvents = leaderEvents;
      this.fatalErrors = fatalErrors;
    }

    synchronized void open() throws Exception {
      current = new ZooKeeperLeaderRetrievalDriver(client, path, leaderEvents, policy, fatalErrors);
      client.getConnectionStateListenable().addListener(this);
    }

    @Override
    public synchronized void stateChanged(CuratorFramework framework, ConnectionState state) {
      if (closed) {
        return;
      }
      if (state == ConnectionState.LOST) {
        sessionLost = true;
      } else if (state == ConnectionState.RECONNECTED && sessionLost) {
        sessionLost = false;
        try {
          current.close();
          current = new ZooKeeperLeaderRetrievalDriver(client, path, leaderEvents, policy, fatalErrors);
        } catch (Exception error) {
          fatalErrors.onFatalError(error);
        }
      }
    }

    @Override
    public synchronized void close() throws Exception {
      closed = true;
      client.getConnectionStateListenable().removeListener(this);
      current.close();
    }
  }
}
