import { ChangeDetectionStrategy, Component, input } from '@angular/core';

import { CourseAnalyticsComponent } from './course-analytics.component';

/** What the service's API tells of a course, with the uids that analytics/uids.py makes; none for students. */
export interface Course {
  title: string;
  analytics?: { overview: string; assignment: string };
}

/** How the page of a course uses it; bootstrap with { provide: ANALYTICS_URL, useValue: 'https://analytics.university.example' }. */
@Component({
  selector: 'app-course-page',
  changeDetection: ChangeDetectionStrategy.OnPush,
  imports: [CourseAnalyticsComponent],
  template: `
    @if (course().analytics; as dashboards) {
      <app-course-analytics [dashboard]="dashboards.overview" [title]="course().title" />
      <app-course-analytics
        [dashboard]="dashboards.assignment"
        [title]="course().title + ': ' + assignment()"
        [assignment]="assignment()"
        from="now-6d/d"
        to="now" />
    }
  `,
})
export class CoursePageComponent {
  readonly course = input.required<Course>();
  readonly assignment = input.required<string>();
}
