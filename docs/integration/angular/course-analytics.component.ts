import { ChangeDetectionStrategy, Component, InjectionToken, computed, inject, input } from '@angular/core';
import { DomSanitizer, SafeResourceUrl } from '@angular/platform-browser';

/** Where Grafana is, as https://analytics.university.example: a constant of the build, never what a user or an answer says. */
export const ANALYTICS_URL = new InjectionToken<string>('ANALYTICS_URL');

const UID = /^[A-Za-z0-9_-]{1,40}$/;
const TIME = /^(now([+-]\d+[smhdwMy])*(\/[smhdwMy])?|\d{1,13})$/;

/** A dashboard of a course, or one panel of it, in the page. Grafana decides whether who looks may see it. */
@Component({
  selector: 'app-course-analytics',
  changeDetection: ChangeDetectionStrategy.OnPush,
  // Angular wants what limits a frame to be written out, so that no data can change it. Grafana needs scripts, and its own
  // origin for its requests; the page that frames it has another one. Links open tabs without these limits.
  template: `
    <iframe
      [title]="title()"
      loading="lazy"
      referrerpolicy="strict-origin"
      sandbox="allow-scripts allow-same-origin allow-forms allow-downloads allow-popups allow-popups-to-escape-sandbox"
      [src]="address()"></iframe>
    <a [href]="link()" target="_blank" rel="noopener">{{ title() }}</a>
  `,
  styles: `
    iframe { border: 0; display: block; height: 100%; min-height: 24rem; width: 100%; }
  `,
})
export class CourseAnalyticsComponent {
  /** The uid of the dashboard, which the service's API tells with the course. */
  readonly dashboard = input.required<string>();
  /** What a screen reader calls the frame. */
  readonly title = input.required<string>();
  /** The assignment to begin with, as records name it; for the dashboards that have the choice. */
  readonly assignment = input<string>();
  /** The id of a panel, to show it alone. */
  readonly panel = input<number>();
  readonly theme = input<'light' | 'dark'>('light');
  /** Times as Grafana writes them: now-7d/d, or milliseconds. */
  readonly from = input<string>();
  readonly to = input<string>();

  private readonly base = inject(ANALYTICS_URL);
  private readonly sanitizer = inject(DomSanitizer);

  /** The whole of Grafana around the same dashboard. */
  protected readonly link = computed(() => this.url('d').href);

  protected readonly address = computed<SafeResourceUrl>(() => {
    const panel = this.panel();
    const url = this.url(panel === undefined ? 'd' : 'd-solo');
    if (panel === undefined) {
      url.searchParams.set('kiosk', '1');
    } else {
      url.searchParams.set('panelId', String(panel));
    }
    // Safe: the origin is fixed, the path is a checked uid, and URLSearchParams encodes the rest.
    return this.sanitizer.bypassSecurityTrustResourceUrl(url.href);
  });

  private url(kind: 'd' | 'd-solo'): URL {
    const uid = this.dashboard();
    if (!UID.test(uid)) {
      throw new Error(`"${uid}" is not the uid of a dashboard; pass on what the API tells with the course`);
    }
    const url = new URL(`/${kind}/${uid}`, this.base);
    url.searchParams.set('theme', this.theme());
    const assignment = this.assignment();
    if (assignment !== undefined) {
      url.searchParams.set('var-assignment', assignment);
    }
    for (const [name, time] of [['from', this.from()], ['to', this.to()]] as const) {
      if (time !== undefined) {
        if (!TIME.test(time)) {
          throw new Error(`${name} is "${time}", want a time as Grafana writes it, like now-7d`);
        }
        url.searchParams.set(name, time);
      }
    }
    return url;
  }
}
