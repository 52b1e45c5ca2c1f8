import { Component, lazy, Suspense, useEffect, type ErrorInfo, type ReactNode } from "react";
import { Route, Router, Switch } from "wouter";
import { resume, signedIn } from "./api/session";
import { Button, ButtonLink, Loading, Note, PageHead, PlainPage } from "./components";
import { Frame } from "./components/Frame";
import { watchIdle } from "./keys/idle";
import { useObserved } from "./lib/observed";
import { T, t } from "./messages";
import { ROUTES } from "./routes";

const SignIn = lazy(() => import("./pages/SignIn"));

/** The whole app: open pages for everybody, the others in the frame for whoever is signed in. */
export function App(): ReactNode {
  useEffect(() => {
    void resume();
    return watchIdle();
  }, []);
  return (
    <Router base="/ui">
      <Fault>
        <Switch>
          {ROUTES.filter(route => route.open).map(({ path, Page }) => (
            <Route key={path} path={path}>
              {params => (
                <Waits>
                  <Page params={params} />
                </Waits>
              )}
            </Route>
          ))}
          <Route>
            <Guarded />
          </Route>
        </Switch>
      </Fault>
    </Router>
  );
}

function Guarded(): ReactNode {
  const now = useObserved(signedIn);
  if (now.state === "unknown") {
    return (
      <PlainPage>
        <Loading what={<T k="signIn.working" />} />
      </PlainPage>
    );
  }
  if (now.state === "out") {
    return (
      <Waits>
        <SignIn {...(now.why === undefined ? {} : { why: now.why })} />
      </Waits>
    );
  }
  return (
    <Frame>
      <Fault>
        <Switch>
          {ROUTES.filter(route => !route.open).map(({ path, Page }) => (
            <Route key={path} path={path}>
              {params => (
                <Waits>
                  <Page params={params} />
                </Waits>
              )}
            </Route>
          ))}
          <Route>
            <NothingHere />
          </Route>
        </Switch>
      </Fault>
    </Frame>
  );
}

function Waits({ children }: { children: ReactNode }): ReactNode {
  return <Suspense fallback={<Loading what={<T k="frame.loading" />} />}>{children}</Suspense>;
}

function NothingHere(): ReactNode {
  return (
    <>
      <PageHead title={t("frame.nothingHere")} lead={<T k="frame.nothingHereWhat" />} />
      <p>
        <ButtonLink to="/">
          <T k="frame.toInbox" />
        </ButtonLink>
      </p>
    </>
  );
}

/** A fault of a page stays on that page. */
class Fault extends Component<{ children: ReactNode }, { fault: boolean }> {
  override state = { fault: false };

  static getDerivedStateFromError(): { fault: boolean } {
    return { fault: true };
  }

  override componentDidCatch(error: Error, info: ErrorInfo): void {
    console.error(error, info.componentStack);
  }

  override render(): ReactNode {
    if (!this.state.fault) return this.props.children;
    return (
      <Note kind="bad" alert title={<T k="frame.fault" />}>
        <p>
          <T k="frame.faultWhat" />
        </p>
        <Button onClick={() => location.reload()}>
          <T k="states.again" />
        </Button>
      </Note>
    );
  }
}
