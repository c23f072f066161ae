with source as (
    {{ corrected(source('lake', 'housing_fund__deposits')) }}
),

-- Two accounts with one employer: the one that was paid into last counts.
latest as (
    select *
    from source
    qualify row_number() over (
        partition by person_key, coalesce(employer_name, '')
        order by _period_end desc, last_paid_month desc nulls last, _batch_no desc, _row_number desc
    ) = 1
),

renamed as (
    select
        -- ids
        person_key,
        -- dates
        last_paid_month,
        person_birth_date as birth_date,
        -- categories
        coalesce(employer_name, '') as employer_name,
        account_status_code,
        person_sex_code as sex_code,
        -- amounts
        base_yuan,
        monthly_deposit_yuan,
        -- provenance
        _period_end,
        _corrections
    from latest
)

select * from renamed
