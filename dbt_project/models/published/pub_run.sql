with weeks as (
    select * from {{ ref('dim_week') }}
),

runs as (
    select * from {{ ref('stg_lake__runs') }}
),

final as (
    select
        runs.as_of_date,
        weeks.week_end_date,
        weeks.iso_year,
        weeks.iso_week,
        weeks.first_week_end_date
    from runs
    inner join weeks on weeks.week_end_date = weeks.last_week_end_date
)

select * from final
